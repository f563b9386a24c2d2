#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <list>

#include "base/clock.hpp"

namespace gateway::base {

// A FIFO of suspended coroutines, each resumed by a notification or at its deadline. A notified
// waiter leaves the list at once and is resumed through the loop, so that a notification is never
// given to two of them. Loop thread only. List and waiters may be destroyed in either order.
class wait_list {
public:
    wait_list() = default;
    ~wait_list();
    wait_list(const wait_list&) = delete;
    wait_list& operator=(const wait_list&) = delete;

    // True after a notification, false at the deadline. With `other`, a notification of that list
    // resumes the waiter as well.
    asio::awaitable<bool> wait_until(
        runtime& time, steady_time deadline, wait_list* other = nullptr
    );
    // Until a notification. `notified` is set at the notification, before the waiter is resumed: a
    // grant that comes with the notification is the waiter's even if it is destroyed before that.
    asio::awaitable<void> wait(bool& notified);
    // Resumes every waiter.
    void notify();
    // Resumes the waiter that came first. False: there is none.
    bool notify_first();

    std::size_t size() const noexcept { return waiting_.size(); }

private:
    class membership;

    std::list<membership*> waiting_;  // owned by the waiters' coroutine frames
};

}  // namespace gateway::base
