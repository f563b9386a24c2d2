#pragma once

#include "redemption/engine/live_redemption.hpp"
#include "redemption/journal.hpp"
#include "redemption/rules/account_admission.hpp"
#include "redemption/service.hpp"

// The core's answers (service.hpp), made of what it knows of a redemption or an account.

namespace gateway::redemption {

redemption_snapshot snapshot_of(
    const live_redemption& live, std::chrono::steady_clock::time_point now
);
// The answer that the journal knows already.
redemption_snapshot replay_of(const record& known);
// For the callers attached to it: its snapshot, or why it was not accepted.
submit_outcome answer_of(const live_redemption& live, std::chrono::steady_clock::time_point now);

unavailable journal_unavailable(const journal_error& error);
// Its account left the configuration, and the journal does not know it.
unavailable no_longer_served();
// Another body waits for its acceptance under the same key.
unavailable key_not_known_yet();
unavailable draining();
// A wish that could not be sent in time, or would be one too many.
unavailable saturated(const account_name& account, const account_admission::refusal& why);

}  // namespace gateway::redemption
