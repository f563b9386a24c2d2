#pragma once

#include <algorithm>
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

// The longest that a host is left alone because it asks for it; then a probe asks again.
inline constexpr std::chrono::minutes longest_hold{5};

// Stops calls to a host that does not answer as the platform does
// (docs/redemption-rules.md, Circuit breaker): a run of transport faults opens it, or a host that
// asks to be left alone; then one call at a time probes after a pause that doubles with each failed
// probe. A platform's answer, however unwelcome, is no fault of its host. Pure policy: time is an
// argument.
class circuit_breaker {
public:
    using time = std::chrono::steady_clock::time_point;

    // The meaning of a call's end for the host.
    enum class sign : std::uint8_t {
        answered,
        fault,    // unreachable, cut off, silent, or not the platform's answer
        nothing,  // it never got as far as the host
    };

    explicit circuit_breaker(breaker_limits limits) : limits_(limits), pause_(limits.pause) {}

    // True if a call may go now. If the breaker is open, the next one is its probe.
    bool lets_through(time now) const noexcept {
        return state_ == breaker_state::closed ||
               (state_ == breaker_state::open && now >= probe_at());
    }
    // The call that goes out now is the probe.
    void begin_probe() noexcept { state_ = breaker_state::probing; }
    // An operator wants the next call to be the probe, now.
    void probe_now(time now) noexcept;
    // A call ended. While not closed, only the probe counts: the other calls began earlier.
    void on_call_finished(sign what, bool probe, time now) noexcept;
    // The host asks to be left alone so long (Retry-After); at most longest_hold. It opens the
    // breaker whatever came before.
    void hold(std::chrono::milliseconds length, time now) noexcept;
    // How many faults in a row would open it, at least one.
    std::size_t faults_missing() const noexcept;

    breaker_state state() const noexcept { return state_; }
    // Faults since the last answer.
    std::uint32_t faults() const noexcept { return faults_; }
    time probe_at() const noexcept { return std::max(probe_at_, held_until_); }

private:
    void open(time now) noexcept;

    breaker_limits limits_;
    breaker_state state_ = breaker_state::closed;
    std::uint32_t faults_ = 0;
    std::chrono::milliseconds pause_;  // after the next opening
    time probe_at_{};
    time held_until_{};
};

}  // namespace gateway::redemption
