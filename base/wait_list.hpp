#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "base/clock.hpp"

namespace gateway::base {

// Suspends coroutines on the loop until notify() or until a deadline. A resumed waiter checks for
// itself what has changed. Loop thread only; must outlive its waiters.
class wait_list {
public:
    wait_list() = default;
    wait_list(const wait_list&) = delete;
    wait_list& operator=(const wait_list&) = delete;

    // With `other`, a notification of that list resumes the waiter as well.
    asio::awaitable<void> wait_until(
        runtime& time, steady_time deadline, wait_list* other = nullptr
    );
    // Resumes every waiter through the loop.
    void notify();

private:
    std::vector<timer*> waiting_;  // owned by the waiters' coroutine frames
};

}  // namespace gateway::base
