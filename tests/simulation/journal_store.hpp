#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "redemption/journal.hpp"

namespace gateway::simulation {

// The durable rows of a journal, with the port's rules for changing them. Each call is one
// transaction that takes no time and cannot fail for want of a disk; simulated_journal adds both.
// It outlives the processes that work with it.
class journal_store {
public:
    template <class T>
    using result = redemption::journal_result<T>;

    result<redemption::accept_outcome> accept(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    result<redemption::accept_outcome> restart(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    result<redemption::start_outcome> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    );
    result<void> settle(const redemption::settlement& what);
    result<redemption::decide_outcome> decide(
        const redemption::settlement& what, redemption::time_point seen
    );
    std::size_t remove_final_before(redemption::time_point limit, std::size_t at_most);
    void adopt(const redemption::account_identity& known);

    std::optional<redemption::record> find(const redemption::redemption_id& id) const;
    std::optional<redemption::record> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) const;
    std::vector<redemption::record> list(const redemption::list_filter& filter) const;
    std::vector<redemption::record> load_pending() const;
    std::vector<redemption::recorded_ban> load_bans() const;
    void lift_bans(
        const redemption::platform_identity& identity,
        const std::optional<redemption::method_name>& method
    );
    std::uint64_t count_unknown() const;
    std::optional<redemption::time_point> newest_change() const;
    std::vector<redemption::unconfigured_name> find_unconfigured(
        const redemption::configured_names& configured
    ) const;
    std::vector<redemption::account_identity> account_names() const;

    // For oracles: the rows as they are, without the canonical order keys.
    const redemption::record* row(const redemption::redemption_id& id) const;
    const redemption::record* row(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) const;
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [id, row] : rows_) {
            visit(row.what);
        }
    }
    // Called with each row that retention removes.
    std::function<void(const redemption::record&)> on_removed;

private:
    struct stored {
        redemption::record what;
        std::uint64_t queued = 0;  // order of going to work
        bool in_doubt = false;     // its totals may have been executed
    };
    struct alias {
        std::uint64_t number = 0;
        std::uint64_t order = 0;  // number of the oldest alias of the same order
    };
    struct confirmed_total {
        std::int64_t total = 0;
        redemption::order_key order;
        std::string code;
        redemption::redemption_id by;
    };
    using order_keys = std::vector<redemption::order_key>;
    using alias_name = std::pair<redemption::platform_identity, redemption::order_key>;
    using total_name =
        std::tuple<redemption::platform_identity, redemption::method_name, std::string /*subject*/>;

    redemption::record with_aliases(const stored& row) const;
    std::optional<redemption::accept_outcome> obstacle_to(const redemption::record& wish) const;
    std::optional<redemption::total_would_fall> fall_of(const redemption::record& wish) const;
    std::optional<redemption::total_would_fall> confirmed_above(
        const redemption::record& of, const redemption::running_total& wanted
    ) const;
    std::optional<redemption::total_would_fall> doubtful_above(
        const redemption::record& of, const redemption::running_total& wanted
    ) const;
    bool same_subject(
        const redemption::platform_identity& scope,
        const redemption::running_total& one,
        const redemption::running_total& other
    ) const;
    const redemption::record* known_row(const redemption::record& wish) const;
    result<redemption::accept_outcome> begin_work(
        stored& row, order_keys canonical, const std::optional<redemption::attempt>& first
    );
    static result<void> record_start(redemption::record& row, const redemption::attempt& started);
    static void record_end(redemption::record& row, const redemption::attempt& ended);
    void update_state(stored& row, const redemption::settlement& what);
    void record_extras(redemption::record& row, const redemption::settlement& what);
    void keep_ban(const redemption::record& row, const redemption::settlement& what);
    std::uint64_t end_of_queue() const;

    order_keys canonical_of(const redemption::platform_identity& scope, const order_keys& names)
        const;
    order_keys link(const redemption::platform_identity& scope, const order_keys& names);
    alias& known(const redemption::platform_identity& scope, const redemption::order_key& name);
    void merge(std::uint64_t one, std::uint64_t other);

    std::map<redemption::redemption_id, stored> rows_;
    std::map<alias_name, alias> aliases_;
    std::vector<redemption::order_key> alias_texts_;  // by number
    std::map<total_name, confirmed_total> totals_;
    std::map<
        std::pair<redemption::platform_identity, redemption::method_name>,
        redemption::recorded_ban>
        bans_;
};

}  // namespace gateway::simulation
