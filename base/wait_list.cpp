#include "base/wait_list.hpp"

#include <boost/asio/this_coro.hpp>
#include <optional>

namespace gateway::base {

// One waiter in one list, for as long as it is suspended and not notified.
class wait_list::membership {
public:
    membership(wait_list& list, timer& wait, bool& notified)
        : list_(&list),
          wait_(wait),
          notified_(notified),
          at_(list.waiting_.insert(list.waiting_.end(), this)) {}
    ~membership() {
        if (list_ != nullptr) {
            list_->waiting_.erase(at_);
        }
    }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;

    // The list has dropped this membership.
    void detach() noexcept { list_ = nullptr; }
    void notify() {
        detach();
        notified_ = true;
        wait_.cancel();
    }

private:
    wait_list* list_;
    timer& wait_;
    bool& notified_;
    std::list<membership*>::iterator at_;
};

wait_list::~wait_list() {
    for (auto* const waiter : waiting_) {
        waiter->detach();
    }
}

asio::awaitable<bool> wait_list::wait_until(runtime& time, steady_time deadline, wait_list* other) {
    const auto wait = time.make_timer();
    bool notified = false;
    const membership own(*this, *wait, notified);
    std::optional<membership> others;
    if (other != nullptr) {
        others.emplace(*other, *wait, notified);
    }
    co_await wait_for(*wait, deadline);
    co_return notified;
}

asio::awaitable<void> wait_list::wait(bool& notified) {
    system_runtime time(co_await asio::this_coro::executor);
    const auto wait = time.make_timer();
    const membership own(*this, *wait, notified);
    co_await wait_for(*wait, steady_time::max());
}

void wait_list::notify() {
    while (notify_first()) {
    }
}

bool wait_list::notify_first() {
    if (waiting_.empty()) {
        return false;
    }
    membership* const first = waiting_.front();
    waiting_.pop_front();
    first->notify();  // its wait completes through the loop
    return true;
}

}  // namespace gateway::base
