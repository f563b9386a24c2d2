#pragma once

#include <algorithm>
#include <chrono>

namespace gateway::base {

// Issues `per_second` tokens on average; at most those of one second, but at least one, accumulate.
// A pure value: time is an argument.
class token_bucket {
public:
    using time = std::chrono::steady_clock::time_point;
    using span = std::chrono::duration<double>;

    explicit token_bucket(double per_second)
        : per_second_(per_second), capacity_(std::max(1.0, per_second)), tokens_(capacity_) {}

    // From now on; tokens beyond the new capacity are lost. A rate of 0 is one token in weeks.
    void set_rate(double per_second, time now) noexcept {
        constexpr double least = 1e-6;
        tokens_ = tokens_at(now);
        filled_ = now;
        per_second_ = std::max(per_second, least);
        capacity_ = std::max(1.0, per_second);
        tokens_ = std::min(tokens_, capacity_);
    }
    double per_second() const noexcept { return per_second_; }
    double capacity() const noexcept { return capacity_; }
    double tokens_at(time now) const noexcept {
        return std::min(capacity_, tokens_ + span(now - filled_).count() * per_second_);
    }
    // The time until so many tokens are available; zero: now.
    span wait_for(double tokens, time now) const noexcept {
        return span(std::max(0.0, (tokens - tokens_at(now)) / per_second_));
    }
    // Zero: a token has been taken. Otherwise the time until one is available.
    span take(time now) noexcept {
        const auto wait = wait_for(1, now);
        tokens_ = tokens_at(now) - (wait > span(0) ? 0 : 1);
        filled_ = now;
        return wait;
    }
    // Returns a taken token that was not used.
    void give_back() noexcept { tokens_ += 1; }

private:
    double per_second_;
    double capacity_;
    double tokens_;
    time filled_{};
};

}  // namespace gateway::base
