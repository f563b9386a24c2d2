#include "server/key_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace gateway::server {
namespace {

// Runs on a worker. Nothing when the files are as known.
boost::asio::awaitable<std::optional<keys_reading>> reread(
    config::account_settings account, handlers::sha256_digest known
) {
    if (digest_of_files(account) == known) {
        co_return std::nullopt;
    }
    co_return read_keys(account);
}

}  // namespace

key_watch::key_watch(
    boost::asio::any_io_executor loop,
    boost::asio::thread_pool& workers,
    std::chrono::milliseconds pause,
    on_change changed
)
    : timer_(std::move(loop)), workers_(workers), pause_(pause), changed_(std::move(changed)) {}

void key_watch::add(config::account_settings account, handlers::sha256_digest known) {
    accounts_.push_back({std::move(account), known});
}

boost::asio::awaitable<void> key_watch::run() {
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    while (!stopped_) {
        if (!hurried_) {
            timer_.expires_after(pause_);
            co_await timer_.async_wait(token);
        }
        hurried_ = false;
        if (!stopped_) {
            co_await look();
        }
    }
}

boost::asio::awaitable<void> key_watch::look() {
    for (auto& one : accounts_) {
        auto reading = co_await boost::asio::co_spawn(
            workers_, reread(one.account, one.known), boost::asio::use_awaitable
        );
        if (reading) {
            one.known = reading->files;
            changed_(one.account.name, std::move(*reading));
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
