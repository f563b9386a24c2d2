#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "redemption/engine/live_redemption.hpp"

namespace gateway::redemption {

using live_ptr = std::shared_ptr<live_redemption>;

// Every redemption at work in this process, by id and by what binds it: caller and Idempotency-Key.
// Loop thread only.
class live_table {
public:
    // Gives it a waiter_id of its own; add() puts it into the table.
    live_ptr make(record what);
    // Neither the id nor (caller, key) may be in it yet.
    void add(const live_ptr& live);
    // Takes this very one out; another one with the same id or key stays.
    void remove(const live_redemption& live);
    live_ptr find(const redemption_id& id) const;
    live_ptr find(const caller_name& caller, const idempotency_key& key) const;
    // Resumes the drivers of those redemptions that are in the table.
    void notify(const waiter_ids& wake) const;
    std::size_t size() const noexcept { return by_id_.size(); }
    // How many there are of each account; accounts without one are left out.
    const std::map<account_name, std::size_t>& by_account() const noexcept { return by_account_; }
    std::size_t count(const account_name& account) const;

    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [id, live] : by_id_) {
            visit(*live);
        }
    }

private:
    std::unordered_map<std::string, live_ptr> by_id_;
    std::map<std::pair<caller_name, idempotency_key>, live_ptr> by_key_;
    struct entry {
        live_redemption* live = nullptr;
        account_name counted_for;
    };
    std::unordered_map<waiter_id, entry> by_waiter_;
    std::map<account_name, std::size_t> by_account_;
    std::uint64_t waiters_ = 0;
};

}  // namespace gateway::redemption
