#pragma once

#include <chrono>

#include "redemption/model.hpp"

namespace gateway::redemption {

// Both clocks at one moment.
struct moment {
    std::chrono::steady_clock::time_point steady{};
    time_point wall{};
};

// When a redemption expires and how long it has been at work, on the steady clock: the wall clock
// is read once, when it is picked up from the journal (docs/redemption-rules.md, Time).
struct time_at_work {
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    std::chrono::steady_clock::time_point since{};
    std::chrono::milliseconds before{0};  // in earlier processes, as far as the journal's times say

    std::chrono::nanoseconds age(std::chrono::steady_clock::time_point now) const {
        return before + (now - since);
    }
};

// It goes to work now: a wish, a start over, an operator's retry.
time_at_work begun(const record& what, std::chrono::steady_clock::time_point now);
// An earlier process had it at work. A clock that was set back gives it no more than its lifetime.
time_at_work picked_up(const record& what, moment now);

}  // namespace gateway::redemption
