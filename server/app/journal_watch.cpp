#include "server/app/journal_watch.hpp"

#include <chrono>

namespace gateway::server {
namespace {

constexpr std::chrono::milliseconds writes_interval{500};
constexpr std::chrono::seconds storage_interval{5};

}  // namespace

boost::asio::awaitable<void> journal_watch::watch_writes() {
    bool reported = false;
    while (!stopped_) {
        const auto oldest = journal_.oldest_write();
        const auto trouble = journal_.trouble();
        observer_.journal_oldest_write(oldest);
        const bool hangs = oldest >= journal::hanging_write;
        if (hangs && !reported && trouble) {
            observer_.journal_hangs(trouble->reason);
        }
        reported = hangs;
        co_await stopping_.wait_until(time_, time_.now() + writes_interval);
    }
}

boost::asio::awaitable<void> journal_watch::watch_storage() {
    while (!stopped_) {
        const auto use = co_await journal_.storage();
        if (use) {
            observer_.journal_storage(use->log_bytes, use->held_bytes, use->free_bytes);
        } else if (!journal_.trouble()) {
            // Without traffic, only this write finds that a file is missing.
            co_await journal_.probe();
        }
        if (!stopped_) {
            co_await stopping_.wait_until(time_, time_.now() + storage_interval);
        }
    }
}

void journal_watch::stop() {
    stopped_ = true;
    stopping_.notify();
}

}  // namespace gateway::server
