#include "redemption/engine/housekeeping.hpp"

#include <utility>

namespace gateway::redemption {
namespace {

constexpr std::chrono::milliseconds look_every{500};

}  // namespace

housekeeping::housekeeping(
    base::runtime& time, journal& of, settings how, std::function<void(std::size_t)> on_removed
)
    : time_(time), journal_(of), settings_(how), on_removed_(std::move(on_removed)) {}

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
    while (!stopped_) {
        std::size_t removed = 0;
        if (!journal_.trouble()) {
            const auto result = co_await journal_.remove_final_before(
                time_.wall_now() - settings_.retention, settings_.step
            );
            removed = result ? *result : 0;
        }
        if (removed > 0 && on_removed_) {
            on_removed_(removed);
        }
        const bool more = removed == settings_.step;
        if (!stopped_) {
            const auto pause = more ? settings_.between_steps : settings_.sweep_every;
            co_await stopping_.wait_until(time_, time_.now() + pause);
        }
    }
}

void housekeeping::stop() {
    stopped_ = true;
    stopping_.notify();
}

}  // namespace gateway::redemption
