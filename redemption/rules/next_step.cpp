#include "redemption/rules/next_step.hpp"

#include <algorithm>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using steady_time = std::chrono::steady_clock::time_point;

constexpr milliseconds first_backoff{500};
constexpr milliseconds least_backoff{50};
// An answer is owed for an ambiguous attempt however long it takes, so its pauses may grow long
// (docs/redemption-rules.md, Backoff).
constexpr milliseconds ambiguous_cap = std::chrono::minutes(5);
// A redemption that is proven not executed has until it expires.
constexpr milliseconds not_executed_cap = std::chrono::seconds(30);

// The account's admission decides about a doubted one: it tries it now and then.
milliseconds ban_of(const attempt_outcome& outcome) {
    return outcome.ban_doubted ? milliseconds{0} : outcome.ban.value_or(milliseconds{0});
}

// A ban's length counts as the platform named it; a guessed one is the least that a growing pause
// lasts.
milliseconds pause_after(
    const progress& at, const attempt_outcome& outcome, milliseconds cap, double chance
) {
    if (outcome.ban && !outcome.ban_guessed) {
        return *outcome.ban;
    }
    return std::max(ban_of(outcome), backoff(at.attempts, cap, chance));
}

// The attempt was not executed, and there is no time for another. That proves failure only if no
// attempt is ambiguous.
next_step given_up(const progress& at, const attempt_outcome& outcome, double chance) {
    if (const auto end = at_expiry(at)) {
        return {.to = end, .delay = {}};
    }
    return {
        .to = {},
        .delay = std::max(ban_of(outcome), backoff(at.attempts, ambiguous_cap, chance)),
    };
}

next_step after_not_executed(
    const progress& at, const attempt_outcome& outcome, steady_time now, double chance
) {
    if (outcome.retry_once && at.retried_once_before) {
        return given_up(at, outcome, chance);
    }
    if (outcome.stops != fault_scope::none || outcome.ban_doubted) {
        // account_admission decides when the next one may go (docs/redemption-rules.md, Account
        // faults, Bans).
        return {.to = {}, .delay = milliseconds{0}};
    }
    const auto delay = pause_after(at, outcome, not_executed_cap, chance);
    if (now + delay >= at.deadline) {
        return given_up(at, outcome, chance);
    }
    return {.to = {}, .delay = delay};
}

}  // namespace

milliseconds backoff(std::uint32_t attempts, milliseconds cap, double chance) {
    const auto doublings = std::min<std::uint32_t>(attempts > 0 ? attempts - 1 : 0, 20);
    const auto ceiling = std::min<std::int64_t>(cap.count(), first_backoff.count() << doublings);
    const auto drawn = static_cast<std::int64_t>(static_cast<double>(ceiling) * chance);
    return std::max(least_backoff, milliseconds{drawn});
}

std::optional<state> at_expiry(const progress& at) {
    if (!at.ambiguous_before) {
        return state::failed;
    }
    if (!at.replay_safe) {
        return state::unknown;
    }
    return std::nullopt;  // no timer turns an ambiguous replay-safe redemption into anything
}

next_step after_attempt(
    const progress& at, const attempt_outcome& outcome, steady_time now, double chance
) {
    switch (outcome.verdict) {
        case verdict::executed:
            return {.to = state::succeeded, .delay = {}};
        case verdict::refused:
            // docs/redemption-rules.md, Refusals after an ambiguous attempt: it says nothing of an
            // earlier one that may have been executed, which may even have caused it (used up,
            // expired meanwhile, a token that was good for one call).
            return {
                .to = at.ambiguous_before ? state::unknown : state::rejected,
                .delay = {},
            };
        case verdict::not_executed:
            return after_not_executed(at, outcome, now, chance);
        case verdict::ambiguous:
            break;
    }
    if (!at.replay_safe) {
        return {.to = state::unknown, .delay = {}};
    }
    const auto pause = backoff(at.attempts, ambiguous_cap, chance);
    return {.to = {}, .delay = std::max(pause, ban_of(outcome))};
}

}  // namespace gateway::redemption
