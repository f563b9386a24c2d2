#include "redemption/rules/circuit_breaker.hpp"

#include <algorithm>

namespace gateway::redemption {

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
            state_ = breaker_state::closed;
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
