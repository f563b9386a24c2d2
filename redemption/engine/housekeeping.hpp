#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/wait_list.hpp"
#include "redemption/journal.hpp"
#include "redemption/rules/journal_time.hpp"

namespace gateway::redemption {

// The upkeep of the journal beside redemptions: a probe that finds out when trouble is over
// (docs/journal.md, Journal trouble), and the removal of what is older than its retention, in steps
// so small that they delay no other write (docs/journal.md, Retention). Loop thread only.
class housekeeping {
public:
    struct settings {
        std::chrono::milliseconds retention = std::chrono::hours(24 * 90);
        std::chrono::milliseconds sweep_every = std::chrono::minutes(1);
        std::chrono::milliseconds between_steps{50};
        std::size_t step = 200;  // rows
        // A clock that is wrong at the start has this long to be set right.
        std::chrono::milliseconds first_sweep_after = std::chrono::minutes(10);
    };

    struct observers {
        // The rows that a step removed, and the time before which they had changed last.
        std::function<void(std::size_t rows, time_point older_than)> removed;
        // Removal pauses because the wall clock is far ahead of what the journal has seen pass, or
        // goes on.
        std::function<void(bool)> paused;
    };

    // Both references outlive this.
    housekeeping(base::runtime& time, journal& of, settings how, observers watching);

    // Each runs until stop(); spawn them once.
    boost::asio::awaitable<void> watch_trouble();
    boost::asio::awaitable<void> sweep();
    void stop();

private:
    boost::asio::awaitable<std::size_t> sweep_once();
    boost::asio::awaitable<std::optional<time_point>> seen_time();

    base::runtime& time_;
    journal& journal_;
    settings settings_;
    observers observers_;
    std::optional<journal_time> seen_;
    bool paused_ = false;
    base::wait_list stopping_;
    bool stopped_ = false;
};

}  // namespace gateway::redemption
