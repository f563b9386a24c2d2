#include "base/async_semaphore.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::base {

boost::asio::awaitable<std::optional<async_semaphore::permit>> async_semaphore::acquire() {
    if (free_ > 0) {
        --free_;
        co_return permit(*this);
    }
    if (waiting_.size() >= most_waiting_) {
        co_return std::nullopt;
    }
    boost::asio::steady_timer granted(
        co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max()
    );
    waiting_.push_back(&granted);
    co_await granted.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return permit(*this);
}

// Hands the permit to the first waiter.
void async_semaphore::release() noexcept {
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto* const first = waiting_.front();
    waiting_.pop_front();
    first->cancel();
}

}  // namespace gateway::base
