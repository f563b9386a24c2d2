#include "server/observe/loop_lag.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::server {

loop_lag::loop_lag(const boost::asio::any_io_executor& loop, on_lag measured)
    : timer_(loop), measured_(std::move(measured)) {}

boost::asio::awaitable<void> loop_lag::run() {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    constexpr std::chrono::milliseconds pause(20);
    while (!stopped_) {
        timer_.expires_after(pause);
        const auto due = timer_.expiry();
        const auto [error] = co_await timer_.async_wait(token);
        if (!error) {
            measured_(std::chrono::steady_clock::now() - due);
        }
    }
}

void loop_lag::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace gateway::server
