#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>

namespace gateway::base {

namespace asio = boost::asio;

// Owns coroutines without an awaiting caller: counts them, reports the exceptions that escape from
// them, and lets the owner wait until the last has ended. No cancellation slot is bound: a task
// ends by itself (at its deadline) and is never cancelled. Loop thread only; must be empty before
// it is destroyed.
class task_group {
public:
    using on_failure = std::function<void(const std::exception&)>;

    task_group(asio::any_io_executor loop, on_failure failed);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    void spawn(asio::awaitable<void> task);
    std::size_t size() const noexcept { return running_; }
    // True when empty; false if `limit` passes first (the tasks continue). One waiter at a time.
    asio::awaitable<bool> wait_empty(std::chrono::steady_clock::time_point limit);

private:
    void ended(const std::exception_ptr& error);

    asio::any_io_executor loop_;
    asio::steady_timer empty_;
    on_failure failed_;
    std::size_t running_ = 0;
};

}  // namespace gateway::base
