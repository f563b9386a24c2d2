#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace gateway::server {

// Keeps requests that cost the loop much from crowding out the others: so many at once, so many in
// line behind them, first come first served. Loop thread only; outlives its places.
class lane {
public:
    lane(std::size_t at_once, std::size_t in_line) : free_(at_once), in_line_(in_line) {}
    lane(const lane&) = delete;
    lane& operator=(const lane&) = delete;

    class place {
    public:
        explicit place(lane& of) : of_(&of) {}
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (of_ != nullptr) {
                of_->leave();
            }
        }

    private:
        lane* of_;
    };

    // Nothing if the line is full.
    boost::asio::awaitable<std::optional<place>> enter();

private:
    void leave() noexcept;

    std::size_t free_;
    std::size_t in_line_;
    std::deque<boost::asio::steady_timer*> waiting_;  // live on the waiters' coroutine frames
};

}  // namespace gateway::server
