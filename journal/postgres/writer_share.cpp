#include "journal/postgres/writer_share.hpp"

#include <algorithm>
#include <utility>

namespace gateway::journal::postgres {
namespace {

// Tries of an operation that conflicts with others before it is answered so.
constexpr int max_tries = 4;
constexpr const char* unique_violation = "23505";

bool is_worth_a_try(const pg_error& fault) {
    return fault.kind == error_kind::retry || fault.sqlstate == unique_violation;
}

}  // namespace

// Gives an error when the rest could not be done. Jobs in doubt leave the share for `held_`.
std::optional<pg_error> writer::perform_share(share& of) {
    if (!of.batch.empty()) {
        auto error = write(of.batch);
        if (error && error->kind == error_kind::in_doubt) {
            hold_batch(of);
            error = end_doubt();
        }
        if (error) {
            return error;
        }
    }
    for (auto& one : of.own) {
        if (one == nullptr || is_done(*one)) {
            continue;
        }
        auto error = perform_alone(*one, false);
        if (error && error->kind == error_kind::in_doubt) {
            if (is_harmless(*one)) {
                fail(*one, {error->shown(), true});
            } else {
                held_.push_back(std::move(one));
            }
            error = end_doubt();
        }
        if (error) {
            return error;
        }
    }
    return std::nullopt;
}

void writer::hold_batch(share& of) {
    const auto& sent = of.batch.all();
    for (auto& one : of.own) {
        const bool was_sent = std::find(sent.begin(), sent.end(), one.get()) != sent.end();
        if (was_sent && !is_done(*one)) {
            held_.push_back(std::move(one));
        }
    }
}

// Gives only errors that concern the operations after it as well, or a doubt. An operation that the
// database refuses leaves all of them to be done alone.
std::optional<pg_error> writer::write(write_batch& batch) {
    for (int tries = 1;; ++tries) {
        const auto& sent = batch.all();
        const auto begins = [](const job* one) {
            return begins_anew(*one);
        };
        if (auto error = check_connection_for(std::any_of(sent.begin(), sent.end(), begins))) {
            return error;
        }
        const auto results = db_->run(batch.calls(me_));
        if (results) {
            auto read = batch.read(*results);
            for (const job* one : sent) {
                if (is_done(*one)) {
                    note_done(*one);
                }
            }
            if (read) {
                return std::nullopt;
            }
            auto unread = read.error();
            unread.kind = error_kind::in_doubt;  // it was committed
            return unread;
        }
        const auto& fault = results.error();
        if (fault.kind == error_kind::data) {
            return std::nullopt;
        }
        if (fault.kind == error_kind::retry && tries == max_tries) {
            return std::nullopt;
        }
        if (auto end = before_next_try(fault, tries)) {
            return end;
        }
    }
}

// Gives only errors that concern the operations after it as well; one in doubt has no answer then.
std::optional<pg_error> writer::perform_alone(job& one, bool again) {
    for (int tries = 1;; ++tries) {
        if (auto error = check_connection_for(begins_anew(one))) {
            return error;
        }
        using how = record_store::run;
        record_store store(*db_, keys_, me_, again ? how::again : how::first);
        const auto error = perform(one, store);
        if (!error) {
            note_done(one);
            return std::nullopt;
        }
        if (!error->fault) {
            fail(one, {error->refusal});
            return std::nullopt;
        }
        const auto& fault = *error->fault;
        if (tries < max_tries && is_worth_a_try(fault)) {
            continue;
        }
        // One in doubt is not answered by a conflict: it may have been committed before.
        const bool remains = again && fault.kind == error_kind::retry;
        if (!remains && (fault.kind == error_kind::retry || fault.kind == error_kind::data)) {
            fail(one, {fault.shown(), again});
            return std::nullopt;
        }
        if (auto end = before_next_try(fault, tries)) {
            return end;
        }
    }
}

// Gives the error that rules out another try.
std::optional<pg_error> writer::before_next_try(const pg_error& fault, int tries) {
    if (tries == max_tries || fault.kind == error_kind::in_doubt ||
        fault.kind == error_kind::trouble) {
        return fault;
    }
    if (fault.kind != error_kind::ended) {
        return std::nullopt;
    }
    auto error = begin_life();
    if (!error) {
        tail_.forget_open();  // it is others' now
    }
    return error;
}

}  // namespace gateway::journal::postgres
