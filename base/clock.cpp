#include "base/clock.hpp"

#include <time.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gateway::base {
namespace {

class asio_timer final : public timer {
public:
    explicit asio_timer(const asio::any_io_executor& loop) : timer_(loop) {}

    void start(steady_time at, completion done) override {
        timer_.expires_at(at);
        timer_.async_wait([done = std::move(done)](boost::system::error_code) mutable {
            std::move(done)();
        });
    }
    void cancel() override { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

}  // namespace

std::chrono::nanoseconds since_boot() noexcept {
    timespec at{};
    ::clock_gettime(CLOCK_BOOTTIME, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

// Not by std::random_device: each one asks the processor what it can do, which costs a virtual
// machine tens of microseconds.
std::uint64_t system_runtime::random_bits() {
    std::uint64_t bits = 0;
    if (::getentropy(&bits, sizeof bits) != 0) {
        throw std::system_error(errno, std::generic_category(), "no random numbers");
    }
    return bits;
}

std::unique_ptr<timer> system_runtime::make_timer() {
    return std::make_unique<asio_timer>(loop_);
}

asio::awaitable<void> wait_for(timer& by, steady_time at) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&by, at](auto handler) { by.start(at, std::move(handler)); }, asio::use_awaitable
    );
}

}  // namespace gateway::base
