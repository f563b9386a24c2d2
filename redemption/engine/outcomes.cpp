#include "redemption/engine/outcomes.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// A caller that repeats its request after this long learns of an earlier end soon enough.
constexpr seconds longest_asked{60};
constexpr seconds longest_refused{300};

seconds ask_again(const live_redemption& live, steady_clock::time_point now) {
    const auto then = std::max(live.not_before, live.account.starts_about());
    auto asked = std::chrono::ceil<seconds>(then - now);
    if (live.record.state == state::pending && !has_ambiguous_attempt(live.record)) {
        // Its end is known when it expires at the latest.
        asked = std::min(asked, std::chrono::floor<seconds>(live.time.deadline - now));
    }
    return std::clamp(asked, seconds(1), longest_asked);
}

}  // namespace

unavailable journal_unavailable(const journal_error& error) {
    return {unavailable::why::journal, error.reason, seconds(1)};
}

unavailable no_longer_served() {
    return {
        unavailable::why::journal, base::fixed_text("no account serves it any more"), seconds(1)
    };
}

unavailable key_not_known_yet() {
    return {
        unavailable::why::journal,
        base::fixed_text(
            "the journal has not said yet whether it knows this key: another request with it, and "
            "with another body, waits for the same"
        ),
        seconds(1)
    };
}

unavailable draining() {
    return {
        unavailable::why::draining, base::fixed_text("the gateway is shutting down"), seconds(1)
    };
}

redemption_snapshot replay_of(const record& known) {
    return {.record = known, .replayed = is_final(known.state)};
}

redemption_snapshot snapshot_of(const live_redemption& live, steady_clock::time_point now) {
    return {.record = live.record, .replayed = live.replayed, .ask_again = ask_again(live, now)};
}

unavailable saturated(const account_name& account, const account_admission::refusal& why) {
    using reason = account_admission::refusal_reason;
    auto detail = base::fixed_text("account ") + account;
    switch (why.reason) {
        case reason::queue_full:
            detail += base::fixed_text(" has as many redemptions waiting as it may");
            break;
        case reason::rate:
            detail += base::fixed_text(
                " has more redemptions waiting than it may send before this one expires"
            );
            break;
        case reason::pace:
            detail += base::fixed_text(
                " has more redemptions waiting than its platform answers before this one expires"
            );
            break;
        case reason::ban:
            detail += base::fixed_text(
                " is banned from this method by the platform until after this one expires"
            );
            break;
        case reason::breaker:
            detail += base::fixed_text(
                " does not reach its platform and leaves it alone until after this one expires"
            );
            break;
    }
    const auto again = std::chrono::ceil<seconds>(why.retry_after);
    return {
        unavailable::why::saturated,
        std::move(detail),
        std::clamp(again, seconds(1), longest_refused)
    };
}

submit_outcome answer_of(const live_redemption& live, steady_clock::time_point now) {
    if (live.refused) {
        return std::visit([](const auto& why) -> submit_outcome { return why; }, *live.refused);
    }
    if (live.accepted) {
        return snapshot_of(live, now);
    }
    const auto& before = live.answered_before;
    if (!before) {
        return acceptance_pending{};
    }
    if (before->body != live.record.body) {
        return key_reused{before->id};
    }
    return replay_of(*before);
}

}  // namespace gateway::redemption
