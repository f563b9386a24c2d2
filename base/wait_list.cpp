#include "base/wait_list.hpp"

namespace gateway::base {

asio::awaitable<void> wait_list::wait_until(runtime& time, steady_time deadline, wait_list* other) {
    const auto wait = time.make_timer();
    waiting_.push_back(wait.get());
    if (other != nullptr) {
        other->waiting_.push_back(wait.get());
    }
    co_await wait_for(*wait, deadline);
    std::erase(waiting_, wait.get());
    if (other != nullptr) {
        std::erase(other->waiting_, wait.get());
    }
}

void wait_list::notify() {
    // A cancelled wait completes through the loop, so the list does not change while it is walked.
    for (auto* const wait : waiting_) {
        wait->cancel();
    }
}

}  // namespace gateway::base
