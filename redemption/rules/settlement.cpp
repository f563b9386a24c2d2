#include "redemption/rules/settlement.hpp"

#include <algorithm>

namespace gateway::redemption {

void apply(record& what, const settlement& settled) {
    if (settled.ended) {
        const auto number = settled.ended->number;
        const auto at =
            std::find_if(what.attempts.rbegin(), what.attempts.rend(), [number](const attempt& a) {
                return a.number == number;
            });
        if (at != what.attempts.rend()) {
            *at = *settled.ended;
        }
    }
    what.state = settled.state;
    what.updated_at = settled.at;
    what.expires_at = settled.expires_at.value_or(what.expires_at);
    if (!settled.result.empty()) {
        what.result = settled.result;
    }
    what.error = settled.error;
    if (settled.history) {
        what.history.push_back(*settled.history);
    }
}

}  // namespace gateway::redemption
