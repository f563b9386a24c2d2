#include "server/app/journal_watch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace gateway::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds writes_interval{500};
constexpr std::chrono::seconds storage_interval{5};
constexpr milliseconds between_counts{10};

}  // namespace

boost::asio::awaitable<void> journal_watch::watch_writes() {
    bool reported = false;
    while (!stopped_) {
        const auto oldest = journal_.oldest_write();
        const auto trouble = journal_.trouble();
        observer_.journal_oldest_write(oldest);
        if (const auto standing = journal_.standing()) {
            observer_.journal_standing(*standing);
        }
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

boost::asio::awaitable<void> journal_watch::recount_unknown(redemption::journal& counted) {
    while (!stopped_) {
        co_await stopping_.wait_until(time_, time_.now() + storage_interval);
        if (stopped_ || !journal_.standing()) {
            continue;
        }
        if (const auto count = co_await counted.count_unknown()) {
            observer_.unknown_counted(*count);
        }
    }
}

boost::asio::awaitable<void> journal_watch::count_rows_in_clear() {
    std::uint64_t count = 0;
    std::optional<std::int64_t> after = 0;
    while (after && !stopped_) {
        const auto step = co_await journal_.count_in_clear(*after);
        if (step) {
            count += step->count;
            after = step->next;
        }
        if (after && !stopped_) {
            const auto pause = step ? between_counts : milliseconds(storage_interval);
            co_await stopping_.wait_until(time_, time_.now() + pause);
        }
    }
    if (!after && count > 0) {
        observer_.journal_rows_in_clear(count);
    }
}

void journal_watch::stop() {
    stopped_ = true;
    stopping_.notify();
}

}  // namespace gateway::server
