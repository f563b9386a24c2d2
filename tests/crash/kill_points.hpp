#pragma once

#include <cstddef>
#include <ostream>
#include <span>

#include "scene.hpp"

namespace gateway::crash {

// A place in the life of a redemption, reached from outside the gateway, and what must come of it
// when the gateway is killed right there.
struct kill_point {
    const char* name;
    // Starts the gateway, brings the redemption there and kills. False: it did not get there.
    bool (*kill_there)(scene&);
    // What the caller was told until then; 0: nothing.
    unsigned told;
    // In the end, for a replay-safe method: always succeeded and executed once.
    std::size_t requests_if_safe;
    std::size_t attempts_if_safe;
    // For one that is not.
    const char* state_if_unsafe;
    std::int64_t executed_if_unsafe;
    std::size_t requests_if_unsafe;
    // What the relay still held at the kill gets through in the end.
    bool arrives_late = false;

    friend void PrintTo(const kill_point& row, std::ostream* out) { *out << row.name; }
};

std::span<const kill_point> kill_points();

}  // namespace gateway::crash
