// The rules for the end of a run.
#include <algorithm>

#include "tests/simulation/oracle.hpp"

namespace gateway::simulation {

using namespace redemption;

void oracle::at_the_end() {
    for (auto& of : scenario_.tracked_keys) {
        const auto* const row = row_of(of);
        if (row == nullptr) {
            if ((of.id || of.taken) && !of.forgotten) {
                scenario_.broke("a redemption that was taken is lost: ", of.key.str());
            }
            if (scenario_.wishes[of.wish].effects > 0 && !of.forgotten) {
                scenario_.broke("executed and not in the journal: ", of.key.str());
            }
            continue;
        }
        const auto& ledger = *wish_of(*row);
        if (row->state == state::pending) {
            scenario_.broke("still pending", about(of));
        }
        if (row->state == state::unknown && (!row->error || row->error->detail.empty())) {
            scenario_.broke("unknown without a reason", about(of));
        }
        const bool open =
            std::any_of(row->attempts.begin(), row->attempts.end(), [](const attempt& one) {
                return !one.finished_at.has_value();
            });
        if (open) {
            scenario_.broke("an attempt has no end", about(of));
        }
        const bool ambiguous =
            std::any_of(row->attempts.begin(), row->attempts.end(), [](const attempt& one) {
                return one.verdict == verdict::ambiguous;
            });
        // Late news may have settled a doubt that was not of the last attempt.
        if (row->state == state::unknown && !ambiguous && !scenario_.shared()) {
            scenario_.broke("unknown without an ambiguous attempt", about(of));
        }
        if (of.relaxed) {
            continue;
        }
        if (row->state == state::succeeded && ledger.effects == 0) {
            scenario_.broke("succeeded and not executed", about(of));
        }
        if ((row->state == state::failed || row->state == state::rejected) && ledger.effects > 0) {
            scenario_.broke("given up and executed", about(of));
        }
    }
    if (!going_.empty()) {
        scenario_.broke("an attempt is still under way at the end");
    }
}

}  // namespace gateway::simulation
