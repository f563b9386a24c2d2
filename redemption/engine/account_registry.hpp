#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "redemption/engine/core_context.hpp"
#include "redemption/engine/live_table.hpp"
#include "redemption/fellowship.hpp"
#include "redemption/rules/account_admission.hpp"

namespace gateway::redemption {

// The configured accounts: their limits and health, their queues, and the permits to call them.
// Notifies the live redemptions of an account when its health changes. Loop thread only.
class account_registry {
public:
    using time = std::chrono::steady_clock::time_point;

    account_registry(
        const core_context& context,
        const std::vector<account_entry>& accounts,
        const live_table& table
    );

    bool serves(const account_name& account) const { return accounts_.contains(account); }
    // The app of a configured account.
    const platform_identity& identity_of(const account_name& account) const {
        return accounts_.at(account).entry.account->identity();
    }
    std::vector<account_identity> identities() const;
    // When its account was renamed, the redemption goes on under the name that its app has now.
    void follow_renaming(record& what) const;
    // Names in the journal that are not configured, of the apps that accounts have now, stand for
    // these accounts from then on.
    void learn_names(const std::vector<account_identity>& in_journal);
    // The earlier names that count as one of those that the filter asks for.
    std::vector<account_identity> earlier_names_for(const list_filter& filter) const;
    // Whether the redemption was accepted for another app than its account has now.
    bool app_changed(const record& what) const {
        return serves(what.account) && !what.identity.empty() &&
               what.identity != identity_of(what.account);
    }
    const account_entry& entry_of(const live_redemption& live) const;
    std::vector<account_health> health() const;
    account_health health_of(const account_name& account) const;

    // Why a wish that comes now could not be sent before it expires, or would be one too many.
    std::optional<account_admission::refusal> refuses(
        const account_name& account, const method_name& method, std::chrono::milliseconds expires_in
    ) const;
    // No call of its method goes out before: a ban, or the breaker.
    time opens_at(const live_redemption& live, time now) const;
    // What stops its method now, for people; empty: nothing.
    base::redacted_text obstacle_of(const live_redemption& live) const;
    // Keeps in its ticket when a repetition of it could be sent, as far as can be told.
    void update_estimate(live_redemption& live) const;

    // Queues for a call from now on (idempotent).
    void enqueue(live_redemption& live);
    // After `acquired` the permit is held until on_attempt_finished(), cancel_permit() or leave().
    account_admission::acquisition try_acquire(live_redemption& live);
    // What waits for a probe by it.
    fault_scope on_attempt_finished(live_redemption& live, const attempt_outcome& outcome);
    // Nothing is sent after all.
    void cancel_permit(live_redemption& live);
    // It waits for something else: until it asks again it blocks no other (idempotent).
    void yield_position(live_redemption& live);
    // Gives up its position, and its permit if it holds one (idempotent).
    void leave(live_redemption& live);

    void secrets_changed(const account_name& account);
    // An operator wants it tried now.
    void try_now(const account_name& account, const std::optional<method_name>& method);
    // What this process would use of each account's rate, and what it may use.
    std::vector<account_demand> demands();
    void share(const std::vector<account_share>& shares);
    // Bans of an earlier process, or told to another one.
    void remember(const std::vector<recorded_ban>& bans);

private:
    struct account_state {
        account_entry entry;
        account_admission admission;
    };

    account_name now_named(const account_identity& row) const;
    void share_ban(const live_redemption& live, const attempt_outcome& outcome);
    // The other accounts of the same app.
    template <class Visit>
    void for_each_sibling(const account_name& account, Visit visit) {
        for (auto& [name, one] : accounts_) {
            if (name != account && one.entry.account->identity() == identity_of(account)) {
                visit(one.admission);
                notify_all(name);
            }
        }
    }
    void report(const account_name& account, const account_admission::changes& changed);
    void notify_all(const account_name& account) const;
    account_admission& admission_of(const live_redemption& live);
    const account_admission& admission_of(const live_redemption& live) const;

    const core_context& context_;
    const live_table& table_;
    std::map<account_name, account_state> accounts_;
    std::vector<account_identity> earlier_names_;  // of configured accounts, in the journal
};

}  // namespace gateway::redemption
