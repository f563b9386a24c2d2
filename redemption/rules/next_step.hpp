#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"

// Whether and when a redemption is sent again (docs/redemption-rules.md, Phases and verdicts,
// Backoff). Pure decisions over values; time and chance are arguments.

namespace gateway::redemption {

// The facts of a redemption on which a decision about it rests.
struct progress {
    bool replay_safe = false;
    bool ambiguous_before = false;  // an attempt before the one just ended may have been executed
    std::uint32_t attempts = 0;     // made so far, the one just ended included
    bool retried_once_before = false;  // the attempt before ended with `retry_once` too
    std::chrono::steady_clock::time_point deadline{};  // it expires then
};

// The next step: the redemption settles in `to`, or is tried again, not before `delay` has
// passed.
struct next_step {
    std::optional<state> to;
    std::chrono::milliseconds delay{0};
};

// `chance` is uniform in [0, 1), for the backoff's jitter.
next_step after_attempt(
    const progress& at,
    const attempt_outcome& outcome,
    std::chrono::steady_clock::time_point now,
    double chance
);

// The state of a redemption whose time has run out without an attempt under way; nothing: it goes
// on (docs/redemption-rules.md, Expiry).
std::optional<state> at_expiry(const progress& at);

// The pause before the next attempt (docs/redemption-rules.md, Backoff). Exponential with full
// jitter: uniform below min(cap, 0.5 s × 2^(attempts-1)), and never below 50 ms so that a lucky
// draw is no hammering.
std::chrono::milliseconds backoff(
    std::uint32_t attempts, std::chrono::milliseconds cap, double chance
);

}  // namespace gateway::redemption
