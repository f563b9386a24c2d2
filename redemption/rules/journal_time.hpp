#pragma once

#include <optional>

#include "base/clock.hpp"
#include "redemption/model.hpp"

namespace gateway::redemption {

// The time that the journal has seen pass, by which retention counts age (docs/journal.md,
// Retention): its newest change when the process started, and the steady clock since. A single
// reading of the wall clock can only delay a removal, which cannot be undone. A wall clock that is
// far ahead pauses removal; it is believed when it has been ahead for a day and the journal's
// newest change says so, too. Values only, no clock.
class journal_time {
public:
    // `newest` is the newest change in the journal; none when it is empty.
    journal_time(std::optional<time_point> newest, time_point wall, base::steady_time now) noexcept;

    // The time to count age against; none while the wall clock is far ahead.
    std::optional<time_point> at(
        time_point wall, std::optional<time_point> newest, base::steady_time now
    ) noexcept;

private:
    time_point seen_;
    base::steady_time seen_at_;
    std::optional<base::steady_time> ahead_since_;
};

}  // namespace gateway::redemption
