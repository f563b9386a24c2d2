#include "journal/postgres/pipeline.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway::journal::postgres {
namespace {

// A call's parameters as libpq takes them; valid as long as the call.
class parameter_pointers {
public:
    explicit parameter_pointers(const call& of) {
        const auto& wanted = of.what->types;
        if (of.with.size() != wanted.size()) {
            throw std::logic_error(std::string(of.what->name) + ": another number of parameters");
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto value = of.with.at(i);
            if (value.of != wanted[i]) {
                throw std::logic_error(std::string(of.what->name) + ": another type of parameter");
            }
            types_.push_back(static_cast<Oid>(value.of));
            values_.push_back(value.is_null ? nullptr : value.bytes.data());
            lengths_.push_back(static_cast<int>(value.bytes.size()));
            formats_.push_back(1);
        }
    }

    bool send_by_name(PGconn* on, const char* name) const {
        return PQsendQueryPrepared(
                   on, name, count(), values_.data(), lengths_.data(), formats_.data(), 1
               ) != 0;
    }
    bool send_unnamed(PGconn* on, const char* sql) const {
        return PQsendQueryParams(
                   on,
                   sql,
                   count(),
                   types_.data(),
                   values_.data(),
                   lengths_.data(),
                   formats_.data(),
                   1
               ) != 0;
    }

private:
    int count() const noexcept { return static_cast<int>(values_.size()); }

    std::vector<Oid> types_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

// Without an answer of the server about the batch.
pg_error without_answer(session& on, error_kind kind) {
    pg_error error;
    error.kind = kind;
    error.reason = on.timed_out() ? base::redacted_text("no answer of the server by the deadline")
                                  : reason_of(on.message(), {});
    on.cut();
    return error;
}

pg_error without_session() {
    return {.kind = error_kind::lost, .reason = {"the server ended the session"}};
}

// What the server answers to one pipeline, gathered up to its end.
class answers {
public:
    explicit answers(std::size_t statements) { results_.reserve(statements); }

    // Takes `result` over; false: this was the last.
    bool take(::pg_result* result) {
        rows owner(result);
        switch (PQresultStatus(result)) {
            case PGRES_PIPELINE_SYNC:
                complete_ = true;
                return false;
            case PGRES_TUPLES_OK:
            case PGRES_COMMAND_OK:
                results_.push_back(std::move(owner));
                return true;
            case PGRES_PIPELINE_ABORTED:
                return true;  // behind the one that failed
            default:
                return take_error(result);
        }
    }

    // The end of the batch as the server told it; none: it did not.
    std::optional<pg_outcome<std::vector<rows>>> end(std::size_t wanted, const session& on) {
        if (error_) {
            if (error_->statement == static_cast<int>(wanted)) {
                error_->statement = -1;  // the commit
            }
            return *error_;
        }
        if (!complete_ || results_.size() != wanted) {
            return std::nullopt;
        }
        if (!on.warning().empty()) {
            return pg_error{
                .kind = error_kind::in_doubt,
                .sqlstate = on.warning(),
                .reason = {"the server warned about the transaction"},
            };
        }
        return std::move(results_);
    }
    bool is_complete() const noexcept { return complete_; }
    // Why the server ended the session; none when it did not tell.
    const std::optional<pg_error>& last_words() const noexcept { return last_words_; }

private:
    bool take_error(const ::pg_result* result) {
        // After a FATAL the transaction may have been committed, as when a commit waited for a
        // standby; an ERROR was told before the commit or in its place.
        const bool ended = ends_session(result);
        auto& error = ended ? last_words_ : error_;
        if (!error) {
            error = error_of(result, static_cast<int>(results_.size()));
        }
        return !ended;
    }

    std::vector<rows> results_;
    std::optional<pg_error> error_;
    std::optional<pg_error> last_words_;
    bool complete_ = false;
};

// Reads until the end of the pipeline, or until nothing more can come.
void gather(session& on, base::steady_time deadline, answers& into) {
    int empty_in_a_row = 0;
    while (empty_in_a_row < 2) {  // one ends each statement
        const auto result = on.next(deadline);
        if (!result) {
            return;
        }
        if (*result == nullptr) {
            ++empty_in_a_row;
            continue;
        }
        empty_in_a_row = 0;
        if (!into.take(*result)) {
            return;
        }
    }
}

// Without its Sync a batch is rolled back, unless a COMMIT in it arrived, which counts at once.
bool commits_itself(std::span<const pipelined> batch) {
    return std::any_of(batch.begin(), batch.end(), [](const pipelined& one) {
        return std::string_view(one.what->what->sql) == "COMMIT";
    });
}

// `cut_off`: what it means when the end could not be handed to the system.
pg_outcome<std::vector<rows>> finish(
    session& on, std::size_t statements, base::steady_time deadline, error_kind cut_off
) {
    if (PQpipelineSync(on.handle()) == 0 || on.flush(deadline) != session::sent::all) {
        return without_answer(on, cut_off);
    }
    answers all(statements);
    gather(on, deadline, all);
    auto end = all.end(statements, on);
    if (!end) {
        auto error = without_answer(on, error_kind::in_doubt);
        if (all.last_words()) {
            error.sqlstate = all.last_words()->sqlstate;
            error.reason = all.last_words()->reason;
        }
        return error;
    }
    if (!all.is_complete()) {
        on.cut();
    }
    return std::move(*end);
}

}  // namespace

// libpq hands blocks of 8 KiB to the system while a batch is built, and the rest at its end.
// Nothing waits in between, so that a process that stops leaves the server waiting in the middle of
// a transaction only if it stops within these microseconds.
pg_outcome<std::vector<rows>> run_pipeline(
    session& on, std::span<const pipelined> batch, base::steady_time deadline
) {
    std::vector<parameter_pointers> pointers;
    pointers.reserve(batch.size());
    for (const auto& one : batch) {
        pointers.emplace_back(*one.what);
    }
    if (!on.check_alive()) {
        return without_session();
    }
    on.clear_warnings();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& what = *batch[i].what->what;
        const bool queued = batch[i].by_name ? pointers[i].send_by_name(on.handle(), what.name)
                                             : pointers[i].send_unnamed(on.handle(), what.sql);
        if (!queued) {
            return without_answer(on, error_kind::lost);
        }
    }
    const auto cut_off = commits_itself(batch) ? error_kind::in_doubt : error_kind::lost;
    return finish(on, batch.size(), deadline, cut_off);
}

pg_outcome<void> prepare_all(
    session& on, std::span<const statement> table, base::steady_time deadline
) {
    if (!on.check_alive()) {
        return without_session();
    }
    on.clear_warnings();
    for (const auto& one : table) {
        std::vector<Oid> types(one.types.size());
        std::transform(one.types.begin(), one.types.end(), types.begin(), [](type of) {
            return static_cast<Oid>(of);
        });
        const auto count = static_cast<int>(types.size());
        if (PQsendPrepare(on.handle(), one.name, one.sql, count, types.data()) == 0) {
            return without_answer(on, error_kind::lost);
        }
    }
    auto done = finish(on, table.size(), deadline, error_kind::lost);
    if (done) {
        return boost::system::in_place_value;
    }
    pg_error error = done.error();
    if (error.statement >= 0 && static_cast<std::size_t>(error.statement) < table.size()) {
        const auto* name = table[static_cast<std::size_t>(error.statement)].name;
        error.reason = "statement " + reason_of(name, {}) + ": " + error.reason;
    }
    return error;
}

}  // namespace gateway::journal::postgres
