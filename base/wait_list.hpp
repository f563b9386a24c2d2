#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <vector>

namespace gateway::redemption {

// Lets coroutines on the loop wait until somebody says that something changed, or until a time has
// passed. The waiter checks what changed by itself. Loop thread only.
class signal {
public:
    explicit signal(boost::asio::any_io_executor loop) : loop_(std::move(loop)) {}
    signal(const signal&) = delete;
    signal& operator=(const signal&) = delete;

    // With `other`, also until that one is notified.
    boost::asio::awaitable<void> wait_until(
        std::chrono::steady_clock::time_point limit, signal* other = nullptr
    );
    void notify();

private:
    boost::asio::any_io_executor loop_;
    std::vector<boost::asio::steady_timer*> waiting_;  // live on the waiters' coroutine frames
};

}  // namespace gateway::redemption
