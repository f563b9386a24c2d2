#include "base/wait_list.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::redemption {

boost::asio::awaitable<void> signal::wait_until(
    std::chrono::steady_clock::time_point limit, signal* other
) {
    boost::asio::steady_timer timer(loop_, limit);
    waiting_.push_back(&timer);
    if (other != nullptr) {
        other->waiting_.push_back(&timer);
    }
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    std::erase(waiting_, &timer);
    if (other != nullptr) {
        std::erase(other->waiting_, &timer);
    }
}

void signal::notify() {
    // A cancelled wait completes through the loop, so nobody leaves the list while it is walked.
    for (auto* timer : waiting_) {
        timer->cancel();
    }
}

}  // namespace gateway::redemption
