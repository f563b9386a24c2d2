#include "simulator/faults/delay_timers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace simulator {

namespace asio = boost::asio;

asio::awaitable<void> delay_timers::wait(std::chrono::milliseconds time) {
    if (stopped_ || time.count() == 0) {
        co_return;
    }
    const auto loop = co_await asio::this_coro::executor;
    asio::steady_timer timer(loop, time);
    waiting_.insert(&timer);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    waiting_.erase(&timer);
}

void delay_timers::stop() {
    stopped_ = true;
    for (asio::steady_timer* timer : waiting_) {
        timer->cancel();
    }
}

}  // namespace simulator
