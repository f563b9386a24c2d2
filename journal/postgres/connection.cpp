#include "journal/postgres/connection.hpp"

#include <libpq-fe.h>

#include <functional>
#include <utility>

#include "journal/postgres/conninfo.hpp"
#include "journal/postgres/pipeline.hpp"
#include "journal/postgres/session.hpp"

namespace gateway::journal::postgres {
namespace {

constexpr std::size_t most_addresses = 16;

pg_error closed() {
    return {.kind = error_kind::lost, .reason = {"the session is closed"}};
}

// The error that tells an operator most: what a server said rather than that none was reached.
void keep_the_telling_one(std::optional<pg_error>& kept, pg_error next) {
    if (!kept || kept->sqlstate.empty()) {
        kept = std::move(next);
    }
}

pg_outcome<std::unique_ptr<session>> open_any(
    const std::vector<connection_options>& hosts,
    const base::runtime& time,
    std::chrono::milliseconds deadline
) {
    std::optional<pg_error> why;
    std::size_t tried = 0;
    for (const auto& host : hosts) {
        const auto addresses = addresses_of(host);
        if (!addresses) {
            keep_the_telling_one(why, addresses.error());
            continue;
        }
        for (const auto& address : *addresses) {
            if (++tried > most_addresses) {
                break;
            }
            auto opened = session::open(address, time, time.now() + deadline);
            if (opened) {
                return opened;
            }
            keep_the_telling_one(why, opened.error());
        }
    }
    return why ? std::move(*why) : pg_error{.kind = error_kind::lost, .reason = {"no address"}};
}

// The results of a script, of which the last row counts.
pg_outcome<std::optional<std::string>> gather_script(session& on, base::steady_time deadline) {
    std::optional<std::string> last;
    std::optional<pg_error> error;
    while (true) {
        const auto next = on.next(deadline);
        if (!next) {
            on.cut();
            return pg_error{.kind = error_kind::in_doubt, .reason = {"no answer to a script"}};
        }
        const rows owner(*next);
        if (*next == nullptr) {
            break;
        }
        const auto status = PQresultStatus(*next);
        if (status == PGRES_TUPLES_OK && !owner.empty()) {
            const int row = static_cast<int>(owner.size()) - 1;
            last = PQgetisnull(*next, row, 0) != 0 ? std::optional<std::string>()
                                                   : PQgetvalue(*next, row, 0);
        } else if (status == PGRES_FATAL_ERROR) {
            error = error_of(*next, -1);
        }
    }
    if (error) {
        return std::move(*error);
    }
    return last;
}

}  // namespace

connection::connection(std::unique_ptr<session> own) : session_(std::move(own)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

pg_outcome<connection> connection::open(
    const connection_settings& settings, const base::runtime& time
) {
    const auto text = read_conninfo(settings.conninfo_file);
    if (!text) {
        return text.error();
    }
    const auto hosts = hosts_of(text->text, settings);
    if (!hosts) {
        return hosts.error();
    }
    auto opened = open_any(*hosts, time, settings.connect_deadline);
    if (!opened) {
        return opened.error();
    }
    connection made(std::move(*opened));
    made.batch_deadline_ = settings.batch_deadline;
    made.through_pooler_ = settings.through_pooler;
    made.warning_ = text->warning;
    return made;
}

pg_outcome<void> connection::prepare(std::span<const statement> table) {
    if (!is_usable()) {
        return closed();
    }
    if (through_pooler_) {
        return boost::system::in_place_value;
    }
    auto done = prepare_all(*session_, table, session_->now() + batch_deadline_);
    if (!done) {
        judge(done.error());
        return done;
    }
    table_ = table;
    return done;
}

bool connection::is_prepared(const statement& one) const noexcept {
    const std::less<> before;
    return !before(&one, table_.data()) && before(&one, table_.data() + table_.size());
}

// A transaction that failed by a stale plan refuses the first statement, and run_script() ends it:
// the plans are made anew before the next batch.
pg_outcome<void> connection::prepare_again() {
    if (auto dropped = run_script("DEALLOCATE ALL", batch_deadline_); !dropped) {
        return dropped.error();
    }
    auto done = prepare(table_);
    plans_are_stale_ = !done;
    return done;
}

pg_outcome<std::vector<rows>> connection::run(std::span<const call> batch) {
    if (!is_usable()) {
        return closed();
    }
    if (plans_are_stale_) {
        if (auto done = prepare_again(); !done) {
            return done.error();
        }
    }
    std::vector<pipelined> calls;
    calls.reserve(batch.size());
    for (const call& one : batch) {
        calls.push_back({.what = &one, .by_name = is_prepared(*one.what)});
    }
    auto done = run_pipeline(*session_, calls, session_->now() + batch_deadline_);
    if (!done) {
        judge(done.error());
    }
    return done;
}

pg_outcome<rows> connection::run(const call& one) {
    auto done = run(std::span(&one, 1));
    if (!done) {
        return done.error();
    }
    return std::move(done->front());
}

void connection::judge(const pg_error& error) {
    constexpr std::string_view query_canceled = "57014";
    constexpr std::string_view feature_not_supported = "0A000";
    const bool over = error.kind == error_kind::lost || error.kind == error_kind::in_doubt ||
                      (error.kind == error_kind::trouble && error.sqlstate != query_canceled);
    if (over) {
        session_->cut();
    }
    plans_are_stale_ = plans_are_stale_ || error.sqlstate == feature_not_supported;
}

pg_outcome<std::optional<std::string>> connection::run_script(
    const std::string& sql, std::chrono::milliseconds deadline
) {
    if (!is_usable() || !session_->check_alive()) {
        return closed();
    }
    const auto until = session_->now() + deadline;
    auto* handle = session_->handle();
    const bool sent = PQexitPipelineMode(handle) != 0 && PQsendQuery(handle, sql.c_str()) != 0 &&
                      session_->flush(until) == session::sent::all;
    if (!sent) {
        session_->cut();
        return closed();
    }
    auto result = gather_script(*session_, until);
    if (!session_->is_open()) {
        return result;
    }
    if (!result && PQtransactionStatus(handle) == PQTRANS_INERROR) {
        static_cast<void>(run_script("ROLLBACK", deadline));
        return result;
    }
    if (!result) {
        judge(result.error());
    }
    if (session_->is_open() && PQenterPipelineMode(handle) == 0) {
        session_->cut();
    }
    return result;
}

bool connection::is_usable() const noexcept {
    return session_ != nullptr && session_->is_open();
}

bool connection::is_alive() {
    return is_usable() && session_->check_alive();
}

std::int32_t connection::backend_pid() const noexcept {
    return session_ == nullptr ? 0 : session_->backend_pid();
}

}  // namespace gateway::journal::postgres
