#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace gateway::redemption {

// Capacity that comes back by itself and is taken one unit at a time: tokens of a rate, permits.
struct replenishing_capacity {
    double ready = 0;       // at `now`
    double per_second = 1;  // comes back
    double most = 1;        // never more than this is ready
};

// Redemptions that all wait for the same moment (the end of a ban, say) to take one unit each.
struct queued_group {
    std::chrono::steady_clock::time_point from;
    std::size_t size = 0;
};

// When a redemption that may take a unit from `own` on gets it, if each redemption of `ahead` whose
// moment is not later takes one first (docs/redemption-rules.md, Admission).
std::chrono::steady_clock::time_point start_behind(
    std::vector<queued_group> ahead,
    replenishing_capacity capacity,
    std::chrono::steady_clock::time_point own,
    std::chrono::steady_clock::time_point now
);

}  // namespace gateway::redemption
