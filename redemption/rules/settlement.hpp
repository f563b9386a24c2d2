#pragma once

#include <cstdint>
#include <optional>

#include "redemption/journal.hpp"
#include "redemption/platform_method.hpp"

// The settlements that end an attempt or a redemption, and what they make of it. Values in, values
// out.

namespace gateway::redemption {

// Makes of a redemption in memory what the journal made of the durable one.
void apply(record& what, const settlement& settled);

// Its next attempt, as it starts now.
attempt next_attempt(const record& what, time_point now);
// A failed one as it goes to work again: pending, with a new time to expire, for the app that its
// account has now.
record started_over(
    record failed, platform_identity identity, std::chrono::milliseconds lifetime, time_point now
);

// An attempt ended and makes it `becomes`; without, it stays pending.
settlement end_of_attempt(
    const record& what, const attempt_outcome& outcome, std::optional<state> becomes, time_point now
);
// The attempt was begun, and nothing of it was sent, as another process has taken it over.
settlement never_sent(const record& what, const attempt& begun, time_point now);
// Its time ran out while it waited; `obstacle` stopped its method then, unless empty.
settlement expired(
    const record& what, state becomes, const base::redacted_text& obstacle, time_point now
);
// The same while its account was not configured.
settlement orphan_expired(const record& what, state becomes, time_point now);
// A ban of its method, or the breaker, outlasts it: nothing is gained by waiting on.
settlement shut_out(
    const record& what, state becomes, const base::redacted_text& obstacle, time_point now
);
// A higher total was confirmed, or may have been executed, while it waited
// (docs/redemption-rules.md, Running totals).
settlement overtaken(const record& what, const total_would_fall& higher, time_point now);
// The reason in words, without codes: "5 was confirmed for this order and code".
base::redacted_text text_of(const total_would_fall& higher);
// Its account has another app now, to which nothing of it is sent: unknown, if the first one may
// have executed it, else failed (docs/redemption-rules.md, Identities).
settlement app_changed(const record& what, time_point now);
// An operator's resolution, `said.to`. Of one that has ended alike it changes the history only.
settlement resolved(const record& what, history_entry said);
// An operator sends an unknown one again.
settlement retried(const record& what, history_entry said);
// The process died, or its driver failed, in its last attempt, which may have been executed
// (docs/redemption-rules.md, After a restart).
settlement after_a_crash(const record& what, time_point now);

}  // namespace gateway::redemption
