#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"

// When may it be sent again? (contract §4) Pure decisions over values; time and chance are
// arguments.

namespace gateway::redemption {

// Where a redemption stands when a decision about it is due.
struct progress {
    bool replay_safe = false;
    bool ambiguous_before = false;  // an attempt before the one just ended may have been executed
    std::uint32_t attempts = 0;     // made so far, the one just ended included
    bool retried_once_before = false;  // the attempt before ended with `retry_once` too
    time_point expires_at{};
};

// What happens next: it settles in `to`, or is tried again after `delay` (not before).
struct next_step {
    std::optional<state> to;
    std::chrono::milliseconds delay{0};
};

// `chance` is uniform in [0, 1), for the backoff's jitter.
next_step after_attempt(
    const progress& at, const attempt_outcome& outcome, time_point now, double chance
);

// What becomes of a redemption that is not under way and whose time has run out; nothing: it goes
// on.
std::optional<state> at_expiry(const progress& at);

// Exponential with full jitter: uniform below min(cap, 0.5 s × 2^(attempts-1)), and never below 50
// ms so that a lucky draw is no hammering.
std::chrono::milliseconds backoff(
    std::uint32_t attempts, std::chrono::milliseconds cap, double chance
);

}  // namespace gateway::redemption
