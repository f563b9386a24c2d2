#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

namespace gateway::server {

// Measures how late the loop comes to a timer that is due: the delay of every other event, too.
class loop_lag {
public:
    using on_lag = std::function<void(std::chrono::nanoseconds)>;

    loop_lag(const boost::asio::any_io_executor& loop, on_lag measured);

    // Measures fifty times a second until stop(), so that the 99th percentile between two scrapes
    // rests on hundreds of measurements.
    boost::asio::awaitable<void> run();
    void stop();

private:
    boost::asio::steady_timer timer_;
    on_lag measured_;
    bool stopped_ = false;
};

}  // namespace gateway::server
