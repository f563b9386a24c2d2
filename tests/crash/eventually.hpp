#pragma once

#include <poll.h>

#include <chrono>

namespace gateway::crash {

// Polls until `happened()` is true; false if it is not by the deadline. Sleeps between two polls,
// so that the other processes get the processor.
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
