#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/settings.hpp"

namespace gateway::redemption {

// The operator's limits for an account's host: when calls to it stop, and for how long.
struct breaker_limits {
    std::size_t faults = config::account_breaker{}.faults;  // so many in a row open it
    std::chrono::milliseconds pause = config::account_breaker{}.pause;
    std::chrono::milliseconds longest_pause = config::account_breaker{}.longest_pause;
};

enum class breaker_state : std::uint8_t {
    closed,   // calls go out
    open,     // no call goes out before probe_at()
    probing,  // one call is the probe; the others wait for its end
};
std::string_view to_string(breaker_state) noexcept;

// Stops calls to a host that does not answer (docs/redemption-rules.md, Circuit breaker): a run of
// transport faults opens it, then one call at a time probes after a pause that doubles with each
// failed probe. A platform's answer, however unwelcome, is no fault of its host. Pure policy: time
// is an argument.
class circuit_breaker {
public:
    using time = std::chrono::steady_clock::time_point;

    // The meaning of a call's end for the host.
    enum class sign : std::uint8_t {
        answered,
        fault,    // unreachable, cut off, silent, or a 5xx
        nothing,  // it never got as far as the host
    };

    explicit circuit_breaker(breaker_limits limits) : limits_(limits), pause_(limits.pause) {}

    // True if a call may go now. If the breaker is open, the next one is its probe.
    bool lets_through(time now) const noexcept {
        return state_ == breaker_state::closed ||
               (state_ == breaker_state::open && now >= probe_at_);
    }
    // The call that goes out now is the probe.
    void begin_probe() noexcept { state_ = breaker_state::probing; }
    // A call ended. While not closed, only the probe counts: the other calls began earlier.
    void on_call_finished(sign what, bool probe, time now) noexcept;

    breaker_state state() const noexcept { return state_; }
    // Faults since the last answer.
    std::uint32_t faults() const noexcept { return faults_; }
    time probe_at() const noexcept { return probe_at_; }

private:
    void open(time now) noexcept;

    breaker_limits limits_;
    breaker_state state_ = breaker_state::closed;
    std::uint32_t faults_ = 0;
    std::chrono::milliseconds pause_;  // after the next opening
    time probe_at_{};
};

}  // namespace gateway::redemption
