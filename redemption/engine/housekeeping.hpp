#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/wait_list.hpp"
#include "redemption/journal.hpp"

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
    };

    // `on_removed` gets the number of rows that a step removed. Both references outlive this.
    housekeeping(
        base::runtime& time, journal& of, settings how, std::function<void(std::size_t)> on_removed
    );

    // Each runs until stop(); spawn them once.
    boost::asio::awaitable<void> watch_trouble();
    boost::asio::awaitable<void> sweep();
    void stop();

private:
    base::runtime& time_;
    journal& journal_;
    settings settings_;
    std::function<void(std::size_t)> on_removed_;
    base::wait_list stopping_;
    bool stopped_ = false;
};

}  // namespace gateway::redemption
