#include "server/http/request_limiter.hpp"

namespace gateway::server {

in_flight::turn::turn(in_flight& all, std::size_t& of_caller) : all_(&all), of_caller_(&of_caller) {
    ++all_->size_;
    ++*of_caller_;
}

in_flight::turn::~turn() {
    if (all_ != nullptr) {
        --all_->size_;
        --*of_caller_;
    }
}

std::variant<in_flight::turn, std::string_view> in_flight::enter(
    const handlers::caller_identity& who
) {
    if (size_ >= most_) {
        return std::string_view("in_flight");
    }
    auto& own = by_caller_[&who];
    if (own >= share_) {
        return std::string_view("caller_share");
    }
    return turn(*this, own);
}

}  // namespace gateway::server
