#pragma once

#include "redemption/engine/live_redemption.hpp"
#include "redemption/journal.hpp"
#include "redemption/rules/account_admission.hpp"
#include "redemption/service.hpp"

// What the core answers whoever asks (service.hpp), made of what it knows.

namespace gateway::redemption {

redemption_snapshot snapshot_of(
    const live_redemption& live, std::chrono::steady_clock::time_point now
);
// To those attached to it: how it stands, or why it was not taken up.
submit_outcome answer_of(const live_redemption& live, std::chrono::steady_clock::time_point now);

unavailable journal_unavailable(const journal_error& error);
// The journal forgot it between the look for its account and this one.
unavailable no_longer_served();
unavailable draining();
// When a wish can't be sent in time, or is one too many.
unavailable saturated(const account_name& account, const account_admission::refusal& why);

}  // namespace gateway::redemption
