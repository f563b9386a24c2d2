#include "base/async_semaphore.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::server {

boost::asio::awaitable<std::optional<lane::place>> lane::enter() {
    if (free_ > 0) {
        --free_;
        co_return place(*this);
    }
    if (waiting_.size() >= in_line_) {
        co_return std::nullopt;
    }
    boost::asio::steady_timer called(
        co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max()
    );
    waiting_.push_back(&called);
    co_await called.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return place(*this);
}

// Hands the place to whoever stands first.
void lane::leave() noexcept {
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto* const first = waiting_.front();
    waiting_.pop_front();
    first->cancel();
}

}  // namespace gateway::server
