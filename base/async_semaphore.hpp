#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/wait_list.hpp"

namespace gateway::base {

// Bounds how many coroutines run at once, with a bounded FIFO of waiters behind them. Loop thread
// only; must outlive its permits and its waiters.
class async_semaphore {
public:
    async_semaphore(std::size_t permits, std::size_t most_waiting)
        : free_(permits), most_waiting_(most_waiting) {}
    async_semaphore(const async_semaphore&) = delete;
    async_semaphore& operator=(const async_semaphore&) = delete;

    // Returned to the semaphore when it is destroyed.
    class permit {
    public:
        explicit permit(async_semaphore& of) : of_(&of) {}
        permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        permit& operator=(permit&&) = delete;
        ~permit() {
            if (of_ != nullptr) {
                of_->release();
            }
        }

    private:
        async_semaphore* of_;
    };

    // Nothing, at once, if `most_waiting` coroutines wait already.
    boost::asio::awaitable<std::optional<permit>> acquire();

private:
    // A permit that is granted to a waiter, until the waiter takes it.
    class grant;

    void release() noexcept;

    std::size_t free_;
    std::size_t most_waiting_;
    wait_list waiting_;
};

}  // namespace gateway::base
