#include "journal/postgres/lost_tail.hpp"

#include <algorithm>
#include <utility>

#include "journal/postgres/statements.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;
using redemption::redemption_id;

constexpr std::size_t most_at_once = 1000;

constexpr const char* find_behind_sql =
    "SELECT w.id FROM unnest($1, $2, $3, $4) AS w (id, started, ended, changed_at)"
    " LEFT JOIN redemptions AS r ON r.id = w.id LEFT JOIN open_redemptions AS o ON o.id = w.id"
    " LEFT JOIN outcomes AS e ON e.id = w.id"
    " WHERE r.id IS NULL OR (o.id IS NULL AND e.id IS NULL)"
    " OR (w.ended IS NOT NULL"
    " AND NOT coalesce(coalesce(o.attempts, e.attempts) @> w.ended, false))"
    " OR (o.id IS NOT NULL AND o.attempt < w.started)"
    " OR coalesce(o.updated_at, e.updated_at) < w.changed_at";

// An operator's acknowledgement is of what was known then.
constexpr const char* note_loss_sql =
    "INSERT INTO journal_losses AS l (replica, server, missing) VALUES ($1, $2, $3)"
    " ON CONFLICT (replica, server) DO UPDATE SET missing = greatest(l.missing, excluded.missing),"
    " acknowledged_at = NULL RETURNING loss";

template <class T>
std::optional<pg_error> fault_of(const write_result<T>& done) {
    const bool hinders =
        !done && done.error().fault && done.error().fault->kind != error_kind::data;
    return hinders ? done.error().fault : std::nullopt;
}

pg_outcome<void> done_or_error(const pg_outcome<std::vector<rows>>& done) {
    return done ? pg_outcome<void>() : pg_outcome<void>(done.error());
}

redemption::settlement settlement_of(const redemption::record& pending) {
    redemption::settlement made;
    made.id = pending.id;
    made.at = pending.updated_at;
    return made;
}

// Each step tells only what hinders the ones after it as well.
class restorer {
public:
    explicit restorer(record_store& on) : on_(on) {}

    std::optional<pg_error> operator()(const kept_acceptance& step) const {
        return accepted(step.wish.id, step.first, on_.accept(step.wish, step.first));
    }
    std::optional<pg_error> operator()(const kept_restart& step) const {
        return accepted(step.wish.id, step.first, on_.restart(step.wish, step.first));
    }
    std::optional<pg_error> operator()(const kept_start& step) const {
        return fault_of(on_.start_attempt(step.id, step.started));
    }
    std::optional<pg_error> operator()(const kept_settlement& step) const {
        const auto done = on_.settle(step.what);
        const bool taken_over = done && std::holds_alternative<redemption::not_ours>(*done);
        if (taken_over && step.what.ended) {
            return fault_of(on_.tell_late(step.what));
        }
        return fault_of(done);
    }
    std::optional<pg_error> operator()(const kept_decision& step) const {
        return fault_of(on_.decide(step.what, step.seen));
    }
    std::optional<pg_error> operator()(const kept_record& step) const {
        auto wish = step.taken;
        wish.attempts.clear();
        wish.history.clear();
        auto fault = fault_of(on_.accept(wish, std::nullopt));
        for (const auto& one : step.taken.attempts) {
            if (fault) {
                return fault;
            }
            fault = one.finished_at ? end_of(step.taken, one)
                                    : fault_of(on_.start_attempt(step.taken.id, one));
        }
        for (const auto& entry : step.taken.history) {
            if (fault) {
                return fault;
            }
            auto told = settlement_of(step.taken);
            told.history = entry;
            fault = fault_of(on_.settle(told));
        }
        return fault;
    }

private:
    std::optional<pg_error> end_of(
        const redemption::record& taken, const redemption::attempt& ended
    ) const {
        auto told = settlement_of(taken);
        told.ended = ended;
        return fault_of(on_.settle(told));
    }
    std::optional<pg_error> accepted(
        const redemption_id& id,
        const std::optional<redemption::attempt>& first,
        const write_result<redemption::accept_outcome>& done
    ) const {
        const auto* made = done ? std::get_if<redemption::accepted>(&*done) : nullptr;
        if (made != nullptr && first && !made->started) {
            return fault_of(on_.start_attempt(id, *first));
        }
        return fault_of(done);
    }

    record_store& on_;
};

}  // namespace

std::vector<statement> loss_statements() {
    return {
        {"find_behind", find_behind_sql, {uuid_array, int4_array, jsonb_array, timestamptz_array}},
        {"note_loss", note_loss_sql, {int8, text, int8}},
        {"note_restored", "UPDATE journal_losses SET restored = $2 WHERE loss = $1", {int8, int8}},
        {"acknowledge_losses",
         "UPDATE journal_losses SET acknowledged_at = now(), acknowledged_by = $2, note = $3"
         " WHERE acknowledged_at IS NULL AND loss <= $1 RETURNING missing, restored",
         {int8, text, text}},
        {"retake",
         "UPDATE open_redemptions SET owner = $1"
         " WHERE id = ANY ($2) AND owner IS NULL AND NOT unknown",
         {int8, uuid_array}},
        {"mark_looked", "UPDATE replicas SET server = $2 WHERE replica = $1", {int8, text}},
        {"others_looking",
         "SELECT EXISTS (SELECT 1 FROM replicas WHERE ended_at IS NULL"
         " AND server <> extract(epoch FROM pg_postmaster_start_time())::text)",
         {}},
    };
}

pg_outcome<std::vector<redemption_id>> find_behind(
    connection& on, const confirmed_tail& tail, const std::vector<redemption_id>& ids
) {
    std::vector<redemption_id> behind;
    for (std::size_t begin = 0; begin < ids.size(); begin += most_at_once) {
        column id(uuid);
        column started(int4);
        column ended(jsonb);
        column changed_at(timestamptz);
        for (std::size_t i = begin; i < std::min(ids.size(), begin + most_at_once); ++i) {
            const auto expected = tail.expected(ids[i]);
            id.append(expected.id);
            started.append(expected.started);
            ended.append(expected.ended);
            changed_at.append(expected.changed_at);
        }
        auto found = on.run(calling(sql::find_behind, id, started, ended, changed_at));
        if (!found) {
            return found.error();
        }
        for (std::size_t i = 0; i < found->size(); ++i) {
            row_reader row(*found, i);
            behind.push_back(row.next<redemption_id>());
            if (row.error()) {
                return *row.error();
            }
        }
    }
    return behind;
}

pg_outcome<void> restore(record_store& on, const std::vector<kept_step>& steps) {
    for (const auto& step : steps) {
        if (auto fault = std::visit(restorer(on), step)) {
            return std::move(*fault);
        }
    }
    return boost::system::in_place_value;
}

pg_outcome<void> retake(connection& on, writer_identity me, const std::vector<redemption_id>& ids) {
    if (ids.empty()) {
        return boost::system::in_place_value;
    }
    column open(uuid);
    for (const auto& id : ids) {
        open.append(id);
    }
    transaction in(on, me);
    return done_or_error(in.commit({calling(sql::retake, me.replica, open)}));
}

pg_outcome<void> mark_looked(connection& on, writer_identity me, const std::string& server) {
    transaction in(on, me);
    return done_or_error(in.commit({calling(sql::mark_looked, me.replica, server)}));
}

pg_outcome<bool> others_looking(connection& on) {
    const auto found = on.run(calling(sql::others_looking));
    if (!found) {
        return found.error();
    }
    row_reader row(*found, 0);
    const bool looking = row.next<bool>();
    if (row.error()) {
        return *row.error();
    }
    return looking;
}

pg_outcome<std::int64_t> note_loss(
    connection& on, writer_identity me, const std::string& server, std::size_t missing
) {
    transaction in(on, me);
    auto noted =
        in.commit({calling(sql::note_loss, me.replica, server, static_cast<std::int64_t>(missing))}
        );
    if (!noted) {
        return noted.error();
    }
    row_reader row(noted->front(), 0);
    const auto loss = row.next<std::int64_t>();
    if (row.error()) {
        return *row.error();
    }
    return loss;
}

pg_outcome<void> note_restored(
    connection& on, writer_identity me, std::int64_t loss, std::size_t restored
) {
    transaction in(on, me);
    return done_or_error(
        in.commit({calling(sql::note_restored, loss, static_cast<std::int64_t>(restored))})
    );
}

}  // namespace gateway::journal::postgres
