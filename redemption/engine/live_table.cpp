#include "redemption/engine/live_table.hpp"

namespace gateway::redemption {

void live_table::add(const live_ptr& live) {
    by_id_.emplace(live->what.id.str(), live);
    by_key_.emplace(std::pair(live->what.caller, live->what.key), live);
}

void live_table::remove(const live_redemption& live) {
    const auto by_key = by_key_.find(std::pair(live.what.caller, live.what.key));
    if (by_key != by_key_.end() && by_key->second.get() == &live) {
        by_key_.erase(by_key);
    }
    const auto by_id = by_id_.find(live.what.id.str());
    if (by_id != by_id_.end() && by_id->second.get() == &live) {
        by_id_.erase(by_id);
    }
}

live_ptr live_table::find(const redemption_id& id) const {
    const auto it = by_id_.find(id.str());
    return it == by_id_.end() ? nullptr : it->second;
}

live_ptr live_table::find(const caller_name& caller, const idempotency_key& key) const {
    const auto it = by_key_.find(std::pair(caller, key));
    return it == by_key_.end() ? nullptr : it->second;
}

}  // namespace gateway::redemption
