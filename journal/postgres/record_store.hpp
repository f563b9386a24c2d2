#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "journal/postgres/record_codec.hpp"
#include "journal/postgres/transaction.hpp"
#include "redemption/journal.hpp"
#include "redemption/journal_losses.hpp"

namespace gateway::journal::postgres {

// Why an operation was not done: the database's error, or a rule of the journal.
struct write_error {
    std::optional<pg_error> fault;
    base::redacted_text refusal;  // one sentence, when there is no fault

    write_error() = default;
    write_error(pg_error error) : fault(std::move(error)) {}             // implicit
    write_error(base::redacted_text rule) : refusal(std::move(rule)) {}  // implicit
    base::redacted_text shown() const { return fault ? fault->shown() : refusal; }
};

template <class T>
using write_result = boost::system::result<T, write_error>;

class line_merge;

// How far the removal of old redemptions came: the next step need not go through what the ones
// before removed. Now and then it begins anew, for what was locked by another process.
class removal_mark {
public:
    std::optional<redemption::time_point> from(redemption::time_point limit);
    void reached(redemption::time_point end) { from_ = end; }

private:
    std::optional<redemption::time_point> from_;
    redemption::time_point began_;  // the limit then
};

// The rules of redemption/journal.hpp, one operation in a transaction of its own: what is rare, and
// what a batch could not do (docs/journal-postgres.md, One operation alone). An error of kind retry
// or data wrote nothing and may be tried again. Thread of the connection.
class record_store {
public:
    enum class run : std::uint8_t {
        first,
        again,  // the operation may have been committed before, which counts as done
        // As again, of what was confirmed once: it is written whatever the turn in its order and
        // other totals are.
        restoring,
    };
    // The first two must outlive this object.
    record_store(connection& db, const journal_keys& keys, writer_identity me, run how)
        : db_(db),
          keys_(keys),
          me_(me),
          again_(how != run::first),
          restores_(how == run::restoring) {}

    write_result<redemption::accept_outcome> accept(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    write_result<redemption::accept_outcome> restart(
        const redemption::record& wish, const std::optional<redemption::attempt>& first
    );
    write_result<redemption::start_outcome> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    );
    write_result<redemption::settle_outcome> settle(const redemption::settlement& what);
    write_result<redemption::decide_outcome> decide(
        const redemption::settlement& what, redemption::time_point seen
    );
    write_result<redemption::late_answer> tell_late(const redemption::settlement& what);
    write_result<bool> leave_word(
        const redemption::redemption_id& id, const redemption::operator_resolution& word
    );
    write_result<std::vector<redemption::record>> take(std::size_t at_most);
    write_result<void> give_back(const std::vector<redemption::redemption_id>& which);
    write_result<void> probe();
    write_result<void> lift_bans(
        const redemption::platform_identity& scope,
        const std::optional<redemption::method_name>& method
    );
    write_result<void> adopt(const redemption::account_identity& known);
    write_result<std::size_t> remove_final_before(
        redemption::time_point limit, std::size_t at_most, removal_mark& mark
    );
    write_result<redemption::journal_loss> acknowledge_losses(
        std::int64_t up_to, const std::string& who, const std::string& note
    );

private:
    struct scope_totals;
    using optional_outcome = std::optional<redemption::accept_outcome>;

    write_result<std::optional<stored_record>> load(
        transaction& in, const redemption::redemption_id& id
    );
    write_result<stored_record> load_existing(transaction& in, const redemption::redemption_id& id);
    // Where a total itself stands, or all places where a higher one may (search_totals()).
    enum class places : std::uint8_t { own, all };
    write_result<scope_totals> columns_of(
        const std::vector<redemption::running_total>& totals, places which = places::own
    );
    write_result<std::optional<redemption::total_would_fall>> higher_total(
        transaction& in, const redemption::record& than
    );
    // The same, as one joins its order again: what is accepted beside it waits, and then sees it.
    write_result<std::optional<redemption::total_would_fall>> higher_total_in_line(
        transaction& in, const redemption::record& than
    );
    // Whether another one that is under way, or that another process works on, comes first.
    write_result<bool> others_first(transaction& in, const stored_record& stored);
    write_result<optional_outcome> obstacle_to(
        transaction& in,
        const redemption::platform_identity& scope,
        const redemption::record& wish,
        line_merge& merge
    );
    // What the caller's key has brought under its names of now and before.
    write_result<optional_outcome> existing_of(transaction& in, const redemption::record& wish);
    static redemption::accept_outcome accepted_before(
        const stored_record& stored, const redemption::record& wish
    );
    write_result<optional_outcome> holder_or_higher(const rows& holder, const rows* higher);
    // Whether a first attempt may start with it.
    write_result<bool> starts(
        transaction& in,
        const std::vector<redemption::order_key>& given,
        const line_merge& merge,
        bool wanted
    );
    write_result<call> insertion_of(
        const redemption::record& wish,
        const std::optional<redemption::attempt>& first,
        std::optional<std::int64_t> line
    );
    bool is_ours(const stored_record& stored) const { return stored.owner == me_.replica; }
    // Whether it is at work in another process.
    void mark(stored_record& stored) const;
    bool has_end(const stored_record& stored, const redemption::attempt& ended) const;
    write_result<redemption::settle_outcome> complete(
        transaction& in, stored_record stored, const redemption::settlement& what
    );
    write_result<redemption::late_answer> settle_late(
        transaction& in, stored_record stored, const redemption::settlement& end, bool contradicts
    );
    write_result<redemption::late_answer> replace_evidence(
        transaction& in, const stored_record& stored, bool contradicts
    );
    write_result<void> write_settlement(
        transaction& in, stored_record stored, const redemption::settlement& what
    );
    write_result<void> add_doubt(
        const redemption::record& changed,
        const redemption::settlement& what,
        scope_totals& doubtful,
        std::vector<call>& calls
    );
    write_result<void> add_extras(
        const stored_record& stored,
        const redemption::settlement& what,
        scope_totals& confirmed,
        std::vector<call>& calls
    );
    write_result<call> end_of(const redemption::record& what, const redemption::settlement& as);
    call open_end_of(
        const redemption::record& what,
        const redemption::settlement& as,
        std::optional<std::string> result,
        bool sealed
    );

    connection& db_;
    const journal_keys& keys_;
    const writer_identity me_;
    const bool again_;
    const bool restores_;
};

}  // namespace gateway::journal::postgres
