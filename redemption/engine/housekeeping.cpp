#include "redemption/engine/housekeeping.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

constexpr std::chrono::milliseconds look_every{500};

}  // namespace

housekeeping::housekeeping(base::runtime& time, journal& of, settings how, observers watching)
    : time_(time), journal_(of), settings_(how), observers_(std::move(watching)) {}

boost::asio::awaitable<void> housekeeping::watch_trouble() {
    while (!stopped_) {
        if (journal_.trouble()) {
            // No wish is accepted during trouble, so only this write can find that it is over.
            co_await journal_.probe();
        }
        if (!stopped_) {
            co_await stopping_.wait_until(time_, time_.now() + look_every);
        }
    }
}

boost::asio::awaitable<void> housekeeping::sweep() {
    auto pause = std::min(settings_.first_sweep_after, settings_.retention);
    while (!stopped_) {
        co_await stopping_.wait_until(time_, time_.now() + pause);
        if (stopped_) {
            co_return;
        }
        const auto removed = co_await sweep_once();
        pause = removed == settings_.step ? settings_.between_steps : settings_.sweep_every;
    }
}

boost::asio::awaitable<std::size_t> housekeeping::sweep_once() {
    if (journal_.trouble()) {
        co_return 0;
    }
    const auto seen = co_await seen_time();
    if (!seen) {
        co_return 0;
    }
    const auto limit = *seen - settings_.retention;
    const auto removed = co_await journal_.remove_final_before(limit, settings_.step);
    if (removed && *removed > 0 && observers_.removed) {
        observers_.removed(*removed, limit);
    }
    co_return removed ? *removed : 0;
}

// None: removal has to wait.
boost::asio::awaitable<std::optional<time_point>> housekeeping::seen_time() {
    const auto newest = co_await journal_.newest_change();
    if (!newest) {
        co_return std::nullopt;
    }
    const auto wall = time_.wall_now();
    if (!seen_) {
        seen_.emplace(*newest, wall, time_.now());
    }
    const auto seen = seen_->at(wall, *newest, time_.now());
    const bool paused = !seen;
    if (paused != paused_ && observers_.paused) {
        observers_.paused(paused);
    }
    paused_ = paused;
    co_return seen;
}

void housekeeping::stop() {
    stopped_ = true;
    stopping_.notify();
}

}  // namespace gateway::redemption
