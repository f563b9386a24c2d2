#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "redemption/journal.hpp"
#include "redemption/platform_method.hpp"
#include "redemption/rules/time_at_work.hpp"
#include "redemption/service.hpp"

// The life of a redemption at work: what happens next, given what just happened
// (docs/redemption-rules.md, Every way into each state). Values in, values out; time and chance are
// arguments. The engine carries out the actions and reports what came of each as the next event.

namespace gateway::redemption {

// The pause after which a write that the journal did not take is tried again.
inline constexpr std::chrono::milliseconds journal_pause{500};

// Whether the resolution has been made of it already, by the same operator.
bool resolved_so(const record& what, const operator_resolution& said);

// Why a wish was not accepted; all callers attached to it get the same.
using refusal = std::variant<
    key_reused,
    natural_key_in_use,
    total_falls,
    unavailable,
    account_not_configured,
    acceptance_pending>;

// A redemption at work, as far as decisions need it.
struct situation {
    const redemption::record& record;  // as it is durable; of a fresh wish, as it would be
    bool retried_once = false;         // its last attempt ended with `retry_once`
    std::chrono::steady_clock::time_point deadline{};  // it expires then, unless it is in doubt
    bool draining = false;                             // the process starts no attempt any more
    bool account_configured = true;                    // else everything but sending goes on
    bool elsewhere = false;                            // another process has taken it over
    bool app_changed = false;  // its account has another app now than when it was accepted
    std::optional<operator_resolution> resolution = std::nullopt;  // pending
};

namespace event {

using steady_time = std::chrono::steady_clock::time_point;

struct wish_arrived {
    bool has_permit = false;  // its first attempt may start with its acceptance
};
// The journal knows its key already.
struct key_known {
    redemption::record existing;
    bool account_served = true;    // the account of `existing` is configured
    platform_identity identity{};  // of that account, if so
};
// It is durable and pending: new, or started over.
struct accepted {
    bool started = false;  // the start of its first attempt too
};
struct not_accepted {
    refusal why;
};
// It could not start over, as another process changed it meanwhile.
struct changed_by_another {
    redemption::record existing;
};
// It is pending in the journal and has no driver: the process started, or its last driver failed.
struct picked_up {
    double chance = 0;  // uniform in [0, 1)
};
// Its next attempt may be due: it waited, or was notified.
struct resumed {
    steady_time opens_at{};  // no call of its method goes out before: a ban, or the breaker
    // What stops its method now, for people; empty: nothing.
    base::redacted_text obstacle{};
};
struct permit_acquired {};
struct start_written {};
struct start_not_written {};
// A total that came meanwhile, confirmed or in doubt, is higher than its own, so its attempt must
// not start.
struct total_overtaken {
    total_would_fall by;
};
// A redemption of its order that another process works on comes first.
struct not_its_turn {};
// The journal refused the write: another process has taken it over.
struct taken_over {};
struct attempt_ended {
    attempt_outcome outcome;
    double chance = 0;  // uniform in [0, 1)
};
// The settlement is durable.
struct settled {};

}  // namespace event

using lifecycle_event = std::variant<
    event::wish_arrived,
    event::key_known,
    event::accepted,
    event::not_accepted,
    event::changed_by_another,
    event::picked_up,
    event::resumed,
    event::permit_acquired,
    event::start_written,
    event::start_not_written,
    event::total_overtaken,
    event::not_its_turn,
    event::taken_over,
    event::attempt_ended,
    event::settled>;

namespace action {

using event::steady_time;

// Ask the journal to accept it, together with the start of `first`.
struct accept {
    std::optional<attempt> first;
};
// The same key failed before: it goes to work again as `again`.
struct start_over {
    redemption::record again;
};
struct refuse {
    refusal why;
};
// It is pending in the journal and nothing drives it: take it to work.
struct pick_up {
    redemption::record existing;
};
// Another process works on it: wait until it has ended there, or is this process's again.
struct watch {
    std::optional<redemption::record> existing;  // what the wish found; absent: it was driven here
};
// Wait until nothing of its order comes first, until then at the latest.
struct await_turn {
    steady_time until{};
};
// Nothing is done: its callers see what is durable already.
struct show {
    redemption::record existing;
    bool replayed = false;  // it was final before
};
// Look again at once, or when it is worth it; no attempt starts earlier than `not_before`.
struct wait {
    std::optional<steady_time> not_before;
};
// Queue for a permit, until then at the latest.
struct ask_for_permit {
    steady_time until{};
};
// Write the start of an attempt.
struct start {
    attempt next;
};
struct send {};
// Write this. What belongs to the next attempt: no start before `not_before`, and what the next
// decision must know of this one.
struct settle {
    settlement what;
    std::optional<steady_time> not_before = std::nullopt;
    bool retried_once = false;
    bool resolves = false;  // it applies the pending resolution
};
// Leave it pending: another process picks it up.
struct park {};
// The work has ended.
struct finish {};

}  // namespace action

using lifecycle_action = std::variant<
    action::accept,
    action::start_over,
    action::refuse,
    action::pick_up,
    action::watch,
    action::await_turn,
    action::show,
    action::wait,
    action::ask_for_permit,
    action::start,
    action::send,
    action::settle,
    action::park,
    action::finish>;

lifecycle_action next_action(const situation& of, const lifecycle_event& happened, moment now);

}  // namespace gateway::redemption
