#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/scenario.hpp"

namespace gateway::simulation {

// Compares all that the gateway sends and answers with the ledger of the platform and with the
// journal (docs/redemption-rules.md).
class oracle {
public:
    explicit oracle(scenario& of) : scenario_(of) {}

    // Calls between the engine and its journal.
    void on_start_asked(const redemption::redemption_id& id);
    void on_start_answered(std::size_t process, const redemption::redemption_id& id, bool started);
    void on_accept_answered(
        std::size_t process,
        const redemption::record& wish,
        const redemption::accept_outcome& outcome
    );
    void on_settle_asked(std::size_t process, const redemption::redemption_id& id);
    void on_settled(std::size_t process, const redemption::redemption_id& id);
    void on_committed();
    // Beside other processes: it was taken, or belongs to another now.
    void on_taken(const redemption::redemption_id& id);
    // Its attempt under way was already so when a process took it over.
    bool was_broken_off(const redemption::record& row) const {
        return broken_off_.contains({row.id, row.attempts.back().number});
    }
    void on_not_ours(std::size_t process, const redemption::redemption_id& id);

    // Calls to the platform.
    void on_send(
        std::size_t process,
        wish& what,
        const redemption::attempt_request& request,
        const std::string& identity
    );
    void on_attempt_ended(
        std::size_t process, wish& what, const redemption::attempt_outcome& outcome
    );
    void on_effect(wish& what);
    // A total is set in the place of another.
    void on_total_set(const wish& now, const wish& before);
    // So many attempts met a host that is not the platform, since it answers in its place.
    void on_foreign_host(std::size_t attempts, base::steady_time::duration since);

    // Answers to callers.
    void on_snapshot(tracked_key& of, const wish& asked, const redemption::record& answer);
    void on_look_up(tracked_key& of, const redemption::record& answer);
    void on_acceptance_pending(tracked_key& of, bool known);
    void on_key_reused(const tracked_key& of, const wish& asked);
    void
    on_natural_key_in_use(const tracked_key& of, const wish& asked, const redemption::redemption_id&);
    void on_total_falls(const wish& asked, std::int64_t confirmed);

    void on_removed(const redemption::record& row);
    // The process died, and its attempts with it.
    void on_crash(std::size_t process);
    void on_start(std::size_t process);
    void at_the_end();

    // Something about it is still being written: its work has not ended.
    bool settling(const redemption::redemption_id& id) const {
        return std::any_of(settling_.begin(), settling_.end(), [&](const auto& one) {
            return one.second == id;
        });
    }
    const redemption::record* row_of(const tracked_key& of) const;
    // It is at work, and the journal has said so.
    bool known_to_be_taken(const tracked_key& of, const wish& asked) const {
        const auto* const row = row_of(of);
        return of.taken_now && row != nullptr && row->body == asked.body &&
               row->state == redemption::state::pending;
    }
    bool forgotten_or_relaxed(const wish& what) const {
        const auto& of = scenario_.tracked_keys[what.tracked];
        return of.relaxed || of.forgotten;
    }
    tracked_key* tracked_key_of(const redemption::redemption_id& id);

private:
    wish* wish_of(const redemption::record& row);
    void going(const redemption::record& row, bool by_exact_keys);
    std::string root(std::string name) const;
    std::set<std::string> roots(const redemption::record& row) const;
    void unite(const redemption::record& row, const std::vector<redemption::order_key>& aliases);
    void look_at_history(tracked_key& of);
    void leave_in_doubt(wish& what, base::steady_time sent);
    bool falls(const redemption::record& row) const;
    bool below_one_in_doubt(const wish& what) const;
    void check_deadline(const tracked_key& of, const redemption::record& row);
    void raise_totals(const redemption::record& row);
    void check_state(
        tracked_key& of, const redemption::record& row, const redemption::record& answer
    );
    std::string about(const tracked_key& of) const;
    void check_beside_others(std::size_t process, const wish& what, const redemption::record& row);
    void check_one_at_a_time();

    scenario& scenario_;
    // Of each process.
    std::set<std::pair<std::size_t, redemption::redemption_id>> may_send_;
    std::map<redemption::redemption_id, std::set<std::string>> going_;  // with their orders' roots
    std::map<std::string, std::string> parents_;  // of order keys, as the engine was answered
    std::map<std::string, std::int64_t> confirmed_;
    // Whether an attempt started below a total that was confirmed before.
    std::map<std::pair<redemption::redemption_id, std::uint32_t>, bool> started_below_;
    // When a settlement of it was asked for last.
    std::map<redemption::redemption_id, base::steady_time> settled_since_;
    // Wishes on their way to a platform, since when.
    std::map<std::pair<std::size_t, std::size_t>, base::steady_time> sending_;
    std::set<std::pair<std::size_t, redemption::redemption_id>> settling_;
    std::set<std::pair<redemption::redemption_id, std::uint32_t>> open_before_;
    std::set<std::pair<redemption::redemption_id, std::uint32_t>> broken_off_;
};

}  // namespace gateway::simulation
