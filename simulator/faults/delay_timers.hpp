#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>

namespace simulator {

// Every wait of the simulator, so that stopping does not have to sit through them. Loop thread
// only; outlives the coroutines that wait.
class delays {
public:
    // Returns early, and from then on at once, after stop().
    boost::asio::awaitable<void> wait(std::chrono::milliseconds time);
    void stop();

private:
    std::set<boost::asio::steady_timer*> waiting_;
    bool stopped_ = false;
};

}  // namespace simulator
