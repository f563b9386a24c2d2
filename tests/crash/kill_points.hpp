#pragma once

#include <cstddef>
#include <ostream>
#include <span>

#include "scene.hpp"

namespace gateway::crash {

// A moment in the life of a redemption, reached from outside the gateway, and the expected end when
// the gateway is killed at that moment.
struct kill_point {
    const char* name;
    // Starts the gateway, brings the redemption to the moment and kills the gateway. False: the
    // moment was not reached.
    bool (*kill_there)(scene&);
    // The status of the answer that the caller had by then; 0: none.
    unsigned answer_status;
    // In the end, for a replay-safe method, which has always succeeded and been executed once.
    std::size_t requests_if_safe;
    std::size_t attempts_if_safe;
    // In the end, for any other method.
    const char* state_if_unsafe;
    std::int64_t executed_if_unsafe;
    std::size_t requests_if_unsafe;
    // The bytes that the relay held at the kill reach the platform in the end.
    bool arrives_late = false;

    friend void PrintTo(const kill_point& row, std::ostream* out) { *out << row.name; }
};

std::span<const kill_point> kill_points();

}  // namespace gateway::crash
