#pragma once

#include <poll.h>

#include <chrono>

namespace gateway::crash {

// Looks until `happened()` is true; false if it is not by the deadline. Between two looks the
// processor is left to those who make it happen.
template <class Event>
bool eventually(Event happened, std::chrono::milliseconds limit = std::chrono::seconds(15)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!happened()) {
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        poll(nullptr, 0, 1);
    }
    return true;
}

}  // namespace gateway::crash
