#pragma once

#include <optional>
#include <vector>

#include "redemption/journal.hpp"

namespace gateway::redemption {

// The changes of a redemption by journal::tell_late() (docs/journal-postgres.md, One operation
// alone).
struct late_news {
    std::optional<std::vector<attempt>> attempts;  // all of them, when the evidence changes
    std::optional<settlement> end;                 // of an unknown one that is in doubt no more
    bool contradicts = false;                      // it was executed, but resolved as not redeemed
};

// Whether the journal holds the attempt as under way: nobody has closed it yet.
bool is_under_way(const record& what, const attempt& which);

// Applies `told`, the end of an attempt that was closed as ambiguous, to `what`. Values in, values
// out.
late_news learn_late(record what, const settlement& told);

// The last attempt was broken off when its process was lost, less than a minute after its start:
// that process may still be sending it (docs/redemption-rules.md, Operator actions).
bool may_be_sent_late(const record& what, time_point now);

}  // namespace gateway::redemption
