#include "base/wait_list.hpp"

#include <boost/asio/this_coro.hpp>
#include <optional>

namespace gateway::base {

// One waiter in one list, for as long as it is suspended and not notified.
class wait_list::membership {
public:
    membership(wait_list& list, timer& wait)
        : list_(&list), wait_(wait), at_(list.waiting_.insert(list.waiting_.end(), this)) {}
    ~membership() {
        if (list_ != nullptr) {
            list_->waiting_.erase(at_);
        }
    }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;

    bool notified() const noexcept { return notified_; }
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
    std::list<membership*>::iterator at_;
    bool notified_ = false;
};

wait_list::~wait_list() {
    for (auto* const waiter : waiting_) {
        waiter->detach();
    }
}

asio::awaitable<bool> wait_list::wait_until(runtime& time, steady_time deadline, wait_list* other) {
    const auto wait = time.make_timer();
    const membership own(*this, *wait);
    std::optional<membership> others;
    if (other != nullptr) {
        others.emplace(*other, *wait);
    }
    co_await wait_for(*wait, deadline);
    co_return own.notified() || (others && others->notified());
}

asio::awaitable<void> wait_list::wait() {
    system_runtime time(co_await asio::this_coro::executor);
    co_await wait_until(time, steady_time::max());
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
