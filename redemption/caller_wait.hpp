#pragma once

#include <chrono>

#include "base/wait_list.hpp"

namespace gateway::redemption {

// Whether the other end of a caller's connection is still there. The server reports when it closes;
// a wait on the caller's behalf ends then. Loop thread only.
class caller_connection {
public:
    bool closed() const noexcept { return closed_; }
    void on_closed() {
        closed_ = true;
        changed_.notify();
    }
    base::wait_list& changed() noexcept { return changed_; }

private:
    base::wait_list changed_;
    bool closed_ = false;
};

// How long a caller waits for an answer: until a time, or until its connection closes.
struct caller_wait {
    // Implicit, as most waits have no connection to watch; without a time there is no wait. `of`
    // outlives the wait.
    caller_wait(std::chrono::steady_clock::time_point time = {}, caller_connection* of = nullptr)
        : until(time), connection(of) {}

    bool ended(std::chrono::steady_clock::time_point now) const noexcept {
        return now >= until || (connection != nullptr && connection->closed());
    }

    std::chrono::steady_clock::time_point until;
    caller_connection* connection;
};

}  // namespace gateway::redemption
