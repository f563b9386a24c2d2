#include "server/app/file_watcher.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gateway::server {
namespace {

boost::asio::awaitable<std::function<void()>> call(const file_watcher::check& what) {
    co_return what();
}

}  // namespace

file_watcher::file_watcher(
    const boost::asio::any_io_executor& loop,
    boost::asio::thread_pool& workers,
    std::chrono::milliseconds interval
)
    : timer_(loop), workers_(workers), interval_(interval) {}

boost::asio::awaitable<void> file_watcher::run() {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!stopped_) {
        if (!check_requested_) {
            timer_.expires_after(interval_);
            co_await timer_.async_wait(token);
        }
        check_requested_ = false;
        if (!stopped_) {
            co_await check_all();
        }
    }
}

boost::asio::awaitable<void> file_watcher::check_all() {
    for (const auto& check : checks_) {
        const auto apply =
            co_await boost::asio::co_spawn(workers_, call(check), boost::asio::use_awaitable);
        if (apply) {
            apply();
        }
    }
}

void file_watcher::check_now() {
    check_requested_ = true;
    timer_.cancel();
}

void file_watcher::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace gateway::server
