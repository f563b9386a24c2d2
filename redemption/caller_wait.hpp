#pragma once

#include <chrono>

#include "base/wait_list.hpp"

namespace gateway::redemption {

// Whether the other end of a caller's connection is still there. Told by the connection, watched by
// whoever waits on the caller's behalf. Loop thread only.
class presence {
public:
    bool gone() const noexcept { return gone_; }
    void leave() {
        gone_ = true;
        changed_.notify();
    }
    base::wait_list& changed() noexcept { return changed_; }

private:
    base::wait_list changed_;
    bool gone_ = false;
};

// How long a caller waits for an answer: until then, or until it has left.
struct patience {
    // Implicit, as most have nobody who could leave; without a time there is no wait. `of` outlives
    // the wait; null: it stays.
    patience(std::chrono::steady_clock::time_point time = {}, presence* of = nullptr)
        : until(time), caller(of) {}

    bool ended(std::chrono::steady_clock::time_point now) const noexcept {
        return now >= until || (caller != nullptr && caller->gone());
    }

    std::chrono::steady_clock::time_point until;
    presence* caller;
};

}  // namespace gateway::redemption
