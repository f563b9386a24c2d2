#pragma once

#include <algorithm>
#include <chrono>

namespace gateway::base {

// So many turns a second on average; a second's worth may be saved up. Time is an argument.
class token_bucket {
public:
    using time = std::chrono::steady_clock::time_point;
    using span = std::chrono::duration<double>;

    explicit token_bucket(double per_second)
        : per_second_(per_second), most_(std::max(1.0, per_second)), tokens_(most_) {}

    // Zero: the turn is taken. Otherwise how long it is until there is one.
    span take(time now) {
        tokens_ = std::min(most_, tokens_ + span(now - filled_).count() * per_second_);
        filled_ = now;
        if (tokens_ < 1) {
            return span((1 - tokens_) / per_second_);
        }
        tokens_ -= 1;
        return span(0);
    }

private:
    double per_second_;
    double most_;
    double tokens_;
    time filled_{};
};

}  // namespace gateway::base
