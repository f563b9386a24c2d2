#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>

namespace simulator {

// The timers behind every delay of the simulator; stop() cancels them all. Only the loop thread may
// use them, and they must outlive the waiting coroutines.
class delay_timers {
public:
    // Returns early when stop() is called, and immediately after that.
    boost::asio::awaitable<void> wait(std::chrono::milliseconds time);
    void stop();

private:
    std::set<boost::asio::steady_timer*> waiting_;
    bool stopped_ = false;
};

}  // namespace simulator
