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

std::variant<request_limiter::permit, std::string_view> request_limiter::try_acquire(
    const handlers::caller_identity& caller
) {
    if (size_ >= most_) {
        return std::string_view("in_flight");
    }
    auto& own = by_caller_[&caller];
    if (own >= share_) {
        return std::string_view("caller_share");
    }
    return permit(*this, own);
}

}  // namespace gateway::server
