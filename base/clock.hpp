#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

// Time and random numbers, injected by the composition root. No other code of redemption/, journal/
// and platform_clients/ reads a clock, starts an Asio timer or draws a random number, so that a
// test can run it on virtual time and repeat a run from its seed
// (docs/decisions/0010-pure-rules.md).

namespace gateway::base {

namespace asio = boost::asio;

using steady_time = std::chrono::steady_clock::time_point;
// Wall-clock milliseconds, always UTC.
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// Time since the machine was booted, with the time that it was suspended (CLOCK_BOOTTIME). Any
// thread.
std::chrono::nanoseconds since_boot() noexcept;

// Completes one wait at a time. Loop thread only; a pending wait must not outlive its runtime.
class timer {
public:
    using completion = asio::any_completion_handler<void()>;

    virtual ~timer() = default;
    // Posts `done` to the loop at `at` or after cancel(), whichever comes first. At most one wait
    // is pending.
    virtual void start(steady_time at, completion done) = 0;
    // Ends the pending wait early; without one it has no effect.
    virtual void cancel() = 0;
};

class runtime {
public:
    virtual ~runtime() = default;

    // Any thread.
    virtual steady_time now() const noexcept = 0;
    // As base::since_boot(). Any thread.
    virtual std::chrono::nanoseconds since_boot() const noexcept {
        return now().time_since_epoch();
    }
    // Any thread; as fine as the system's clock is.
    virtual std::chrono::system_clock::time_point precise_wall_now() const noexcept = 0;
    wall_time wall_now() const noexcept {
        return std::chrono::floor<std::chrono::milliseconds>(precise_wall_now());
    }
    // 64 unpredictable bits for ids and pauses, not for keys. Any thread.
    virtual std::uint64_t random_bits() = 0;
    // Uniform in [0, 1).
    double random_fraction() { return static_cast<double>(random_bits() >> 11U) * 0x1p-53; }

    // The loop on which timers complete.
    virtual asio::any_io_executor executor() const = 0;
    virtual std::unique_ptr<timer> make_timer() = 0;
};

// The machine's clocks and the kernel's random numbers.
class system_runtime final : public runtime {
public:
    explicit system_runtime(asio::any_io_executor loop) : loop_(std::move(loop)) {}

    steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    std::chrono::nanoseconds since_boot() const noexcept override { return base::since_boot(); }
    std::chrono::system_clock::time_point precise_wall_now() const noexcept override {
        return std::chrono::system_clock::now();
    }
    std::uint64_t random_bits() override;
    asio::any_io_executor executor() const override { return loop_; }
    std::unique_ptr<timer> make_timer() override;

private:
    asio::any_io_executor loop_;
};

// Resumes the awaiting coroutine at `at`, or when `by` is cancelled.
asio::awaitable<void> wait_for(timer& by, steady_time at);

}  // namespace gateway::base
