#include "base/async_semaphore.hpp"

namespace gateway::base {

class async_semaphore::grant {
public:
    explicit grant(async_semaphore& of) : of_(of) {}
    ~grant() {
        if (granted) {
            of_.release();
        }
    }
    grant(const grant&) = delete;
    grant& operator=(const grant&) = delete;

    permit take() noexcept {
        granted = false;
        return permit(of_);
    }

    bool granted = false;

private:
    async_semaphore& of_;
};

boost::asio::awaitable<std::optional<async_semaphore::permit>> async_semaphore::acquire() {
    if (free_ > 0) {
        --free_;
        co_return permit(*this);
    }
    if (waiting_.size() >= most_waiting_) {
        co_return std::nullopt;
    }
    grant own(*this);
    co_await waiting_.wait(own.granted);
    co_return own.take();
}

// Hands the permit to the first waiter.
void async_semaphore::release() noexcept {
    if (!waiting_.notify_first()) {
        ++free_;
    }
}

}  // namespace gateway::base
