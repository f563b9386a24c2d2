#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "redemption/fellowship.hpp"

namespace gateway::simulation {

// The durable rows of a journal, with the port's rules for changing them. Each call is one
// transaction that takes no time and cannot fail for want of a disk; simulated_journal adds both.
// It outlives the processes that work with it.
class journal_store {
public:
    template <class T>
    using result = redemption::journal_result<T>;

    // The life of the process whose calls follow; that of a process that is alone owns everything.
    // `again`: each call may have been committed before, and answers as it did then.
    static constexpr redemption::life_number alone = 0;
    void act_as(redemption::life_number life, bool again = false) {
        me_ = life;
        again_ = again;
    }
    redemption::life_number begin_life();
    bool is_alive(redemption::life_number life) const;
    // Ends those of the lives that have not renewed since, and frees what they owned: so many.
    struct sighting {
        redemption::life_number life = 0;
        std::int64_t renewals = 0;
    };
    std::size_t end_lives(std::span<const sighting> which);
    void leave(redemption::life_number life);
    // False: the own life was ended.
    bool renew();
    std::vector<sighting> other_lives() const;
    bool has_free() const;
    std::vector<std::pair<redemption::redemption_id, redemption::operator_resolution>> words(
    ) const;
    redemption::account_share draw_share(const redemption::account_demand& wanted);

    result<redemption::accept_outcome> accept(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    result<redemption::accept_outcome> restart(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    result<redemption::start_outcome> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    );
    result<redemption::settle_outcome> settle(const redemption::settlement& what);
    redemption::late_answer tell_late(const redemption::settlement& what);
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
    // Positions in the queue.
    struct queue_range {
        std::uint64_t after = 0;
        std::uint64_t until = 0;
    };
    queue_range pending_now() const { return {.after = 0, .until = end_of_queue() - 1}; }
    // At most `at_most` of the pending ones in the range, which then begins after them.
    std::vector<redemption::record> load_pending(queue_range& within, std::size_t at_most) const;
    // Redemptions that no process works on; from then on they are this life's.
    std::vector<redemption::record> take(std::size_t at_most);
    void give_back(std::span<const redemption::redemption_id> which);
    bool leave_word(
        const redemption::redemption_id& id, const redemption::operator_resolution& word
    );
    redemption::observation look(
        std::span<const redemption::redemption_id> watched,
        std::span<const redemption::redemption_id> waiting
    ) const;
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
    std::optional<redemption::life_number> owner(const redemption::redemption_id& id) const;
    double sum_of_shares(const redemption::account_name& account) const;
    bool share_order(const redemption::record& one, const redemption::record& other) const;
    // Called with each row that retention removes.
    std::function<void(const redemption::record&)> on_removed;

private:
    struct stored {
        redemption::record what;
        std::uint64_t queued = 0;  // order of going to work
        bool in_doubt = false;     // its totals may have been executed
        std::optional<redemption::life_number> owner{};
        std::optional<redemption::operator_resolution> word{};
    };
    struct life {
        std::int64_t renewals = 0;
        std::map<redemption::account_name, redemption::account_demand> wanted{};
        std::map<redemption::account_name, double> shares{};
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
    // The owner's view of what several processes may do (docs/journal.md, Several processes).
    bool is_ours(const stored& row) const { return me_ == alone || row.owner == me_; }
    std::optional<result<redemption::settle_outcome>> answer_before_settling(
        const stored& row, const redemption::settlement& what
    ) const;
    bool is_behind(const stored& row) const;
    bool others_first(const stored& row) const;
    bool others_in_line(const stored& row) const;
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
    std::map<redemption::life_number, life> lives_;  // that have not ended
    redemption::life_number last_life_ = alone;
    redemption::life_number me_ = alone;
    bool again_ = false;
    std::map<alias_name, alias> aliases_;
    std::vector<redemption::order_key> alias_texts_;  // by number
    std::map<total_name, confirmed_total> totals_;
    std::map<
        std::pair<redemption::platform_identity, redemption::method_name>,
        redemption::recorded_ban>
        bans_;
};

}  // namespace gateway::simulation
