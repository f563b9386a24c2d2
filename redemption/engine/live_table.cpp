#include "redemption/engine/live_table.hpp"

namespace gateway::redemption {

live_ptr live_table::make(record what) {
    return std::make_shared<live_redemption>(std::move(what), waiter_id{++waiters_});
}

void live_table::add(const live_ptr& live) {
    by_waiter_.emplace(live->account.owner(), entry{live.get(), live->record.account});
    ++by_account_[live->record.account];
    // One that only follows it gives way to one that works on it.
    by_id_.insert_or_assign(live->record.id.str(), live);
    by_key_.emplace(std::pair(live->record.caller, live->record.key), live);
}

void live_table::remove(const live_redemption& live) {
    if (const auto own = by_waiter_.find(live.account.owner()); own != by_waiter_.end()) {
        const auto counted = by_account_.find(own->second.counted_for);
        if (--counted->second == 0) {
            by_account_.erase(counted);
        }
        by_waiter_.erase(own);
    }
    const auto by_key = by_key_.find(std::pair(live.record.caller, live.record.key));
    if (by_key != by_key_.end() && by_key->second.get() == &live) {
        by_key_.erase(by_key);
    }
    const auto by_id = by_id_.find(live.record.id.str());
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

std::size_t live_table::count(const account_name& account) const {
    const auto it = by_account_.find(account);
    return it == by_account_.end() ? 0 : it->second;
}

void live_table::notify(const waiter_ids& wake) const {
    for (const auto who : wake) {
        const auto it = by_waiter_.find(who);
        if (it != by_waiter_.end()) {
            it->second.live->wake.notify();
        }
    }
}

}  // namespace gateway::redemption
