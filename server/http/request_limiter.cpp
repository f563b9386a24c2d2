#include "server/http/request_limiter.hpp"

namespace gateway::server {

request_limiter::permit::permit(request_limiter& of, std::size_t& of_caller)
    : of_(&of), of_caller_(&of_caller) {
    ++of_->size_;
    ++*of_caller_;
}

request_limiter::permit::~permit() {
    if (of_ != nullptr) {
        --of_->size_;
        --*of_caller_;
    }
}

std::variant<request_limiter::permit, base::fixed_text> request_limiter::try_acquire(
    const handlers::caller_identity& caller
) {
    if (size_ >= most_) {
        return base::fixed_text("in_flight");
    }
    auto& own = by_caller_[&caller];
    if (own >= share_) {
        return base::fixed_text("caller_share");
    }
    return permit(*this, own);
}

}  // namespace gateway::server
