#include "journal/postgres/fellow_judge.hpp"

#include <utility>

namespace gateway::journal::postgres {

fellow_judge::judgement fellow_judge::look(const std::vector<sighting>& alive, time now) {
    const bool gap = !last_look_ || now - *last_look_ > longest_pause_;
    last_look_ = now;
    judgement result;
    std::map<std::int64_t, standing> seen;
    for (const auto& one : alive) {
        const auto before = known_.find(one.replica);
        const bool stands =
            !gap && before != known_.end() && before->second.renewals == one.renewals;
        const auto since = stands ? before->second.since : now;
        seen[one.replica] = {.renewals = one.renewals, .since = since};
        if (now - since >= lease_) {
            result.gone.push_back(one);
        }
        if (now - since >= 2 * lease_) {
            result.hanging.push_back(one);
        }
    }
    known_ = std::move(seen);
    return result;
}

}  // namespace gateway::journal::postgres
