#include "redemption/rules/circuit_breaker.hpp"

#include <algorithm>

namespace gateway::redemption {

void circuit_breaker::probe_now(time now) noexcept {
    probe_at_ = std::min(probe_at_, now);
    held_until_ = std::min(held_until_, now);
}

void circuit_breaker::hold(std::chrono::milliseconds length, time now) noexcept {
    const std::chrono::milliseconds bounded =
        std::min<std::chrono::milliseconds>(length, longest_hold);
    held_until_ = std::max(held_until_, now + bounded);
    if (state_ == breaker_state::closed && bounded.count() > 0) {
        open(now);
    }
}

std::size_t circuit_breaker::faults_missing() const noexcept {
    return faults_ < limits_.faults ? limits_.faults - faults_ : 1;
}

void circuit_breaker::on_call_finished(sign what, bool probe, time now) noexcept {
    if (state_ != breaker_state::closed && !probe) {
        return;
    }
    switch (what) {
        case sign::nothing:
            if (probe) {
                state_ = breaker_state::open;  // the next one probes, without another pause
            }
            return;
        case sign::answered:
            // Another call may have been asked meanwhile to leave the host alone.
            state_ = held_until_ > now ? breaker_state::open : breaker_state::closed;
            faults_ = 0;
            pause_ = limits_.pause;
            return;
        case sign::fault:
            ++faults_;
            if (probe || faults_ >= limits_.faults) {
                open(now);
            }
            return;
    }
}

void circuit_breaker::open(time now) noexcept {
    state_ = breaker_state::open;
    probe_at_ = now + pause_;
    pause_ = std::min(limits_.longest_pause, pause_ * 2);
}

std::string_view to_string(breaker_state state) noexcept {
    switch (state) {
        case breaker_state::closed:
            return "closed";
        case breaker_state::open:
            return "open";
        case breaker_state::probing:
            break;
    }
    return "probing";
}

}  // namespace gateway::redemption
