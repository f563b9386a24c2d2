#include "server/app/file_watcher.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gateway::server {
namespace {

boost::asio::awaitable<std::function<void()>> call(const key_watch::look& what) {
    co_return what();
}

}  // namespace

key_watch::key_watch(
    const boost::asio::any_io_executor& loop,
    boost::asio::thread_pool& workers,
    std::chrono::milliseconds pause
)
    : timer_(loop), workers_(workers), pause_(pause) {}

boost::asio::awaitable<void> key_watch::run() {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!stopped_) {
        if (!hurried_) {
            timer_.expires_after(pause_);
            co_await timer_.async_wait(token);
        }
        hurried_ = false;
        if (!stopped_) {
            co_await look_at_all();
        }
    }
}

boost::asio::awaitable<void> key_watch::look_at_all() {
    for (const auto& look : looks_) {
        const auto put_to_use =
            co_await boost::asio::co_spawn(workers_, call(look), boost::asio::use_awaitable);
        if (put_to_use) {
            put_to_use();
        }
    }
}

void key_watch::look_now() {
    hurried_ = true;
    timer_.cancel();
}

void key_watch::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace gateway::server
