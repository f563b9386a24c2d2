#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace gateway::redemption {

// Something that comes back by itself and is taken one by one: tokens of a rate, places in flight.
struct supply {
    double ready = 0;       // at `now`
    double per_second = 1;  // comes back
    double most = 1;        // never more than this is ready
};

// Those that all wait for the same moment (the end of a ban, say) to take one each.
struct crowd {
    std::chrono::steady_clock::time_point from;
    std::size_t size = 0;
};

// When somebody who may take one from `own` on gets it, if everybody in `ahead` whose moment is not
// later takes one first.
std::chrono::steady_clock::time_point last_in_line(
    supply of,
    std::vector<crowd> ahead,
    std::chrono::steady_clock::time_point own,
    std::chrono::steady_clock::time_point now
);

}  // namespace gateway::redemption
