#include "base/async_semaphore.hpp"

namespace gateway::base {

boost::asio::awaitable<std::optional<async_semaphore::permit>> async_semaphore::acquire() {
    if (free_ > 0) {
        --free_;
        co_return permit(*this);
    }
    if (waiting_.size() >= most_waiting_) {
        co_return std::nullopt;
    }
    co_await waiting_.wait();
    co_return permit(*this);
}

// Hands the permit to the first waiter.
void async_semaphore::release() noexcept {
    if (!waiting_.notify_first()) {
        ++free_;
    }
}

}  // namespace gateway::base
