#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace gateway::base {

// Bounds how much work runs at once, with a bounded FIFO of waiters behind it. Loop thread only;
// outlives its permits.
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

    // Nothing, at once, when as many as allowed are waiting already.
    boost::asio::awaitable<std::optional<permit>> acquire();

private:
    void release() noexcept;

    std::size_t free_;
    std::size_t most_waiting_;
    std::deque<boost::asio::steady_timer*> waiting_;  // owned by the waiters' coroutine frames
};

}  // namespace gateway::base
