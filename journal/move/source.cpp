#include "journal/move/source.hpp"

#include <utility>

#include "journal/sqlite/record_rows.hpp"
#include "text/hex.hpp"
#include "text/json_writer.hpp"

namespace gateway::journal::moving {
namespace {

using redemption::record;

// Behind the columns of read_redemption().
enum column : int {
    scope_column = redemption_column_count,
    body_column,
    params_column,
    result_column,
    queued_column,
};

std::string redemptions_sql() {
    return "SELECT " + std::string(redemption_columns) +
           ", identity, body, params, result, queued FROM redemptions WHERE id > ?"
           " ORDER BY id LIMIT ?";
}

// A total of an earlier version has neither order nor code.
constexpr const char* group_of =
    "CASE WHEN t.code IS NULL THEN '-' WHEN n.line IS NULL THEN 'n' || t.order_key"
    " ELSE 'l' || n.line END";

// The number and the sum of the totals in the table, the highest one of each line, method and code.
std::string count_totals_sql(const std::string& table, const std::string& also) {
    return "SELECT count(*), coalesce(sum(highest), 0) FROM (SELECT max(t.total) AS highest FROM " +
           table +
           " AS t LEFT JOIN order_names AS n ON n.identity = t.identity AND n.name = t.order_key"
           " GROUP BY t.identity, t.method, coalesce(t.code, t.subject), " +
           group_of + also + ")";
}

stored_bytes stored_at(const row& at, int column) {
    return {.bytes = std::string(at.text(column)), .sealed = at.is_blob(column)};
}

moved_total total_at(const row& at, int name, int code, int subject, int total) {
    const bool known = !at.is_null(code);
    return {
        .name = known ? std::string(at.text(name)) : std::string(),
        .code = std::string(at.text(known ? code : subject)),
        .total = at.integer(total),
    };
}

}  // namespace

source::source(database& db, key_scopes scopes)
    : db_(db),
      scopes_(std::move(scopes)),
      redemptions_(db, redemptions_sql()),
      same_key_(db, "SELECT caller FROM redemptions WHERE idempotency_key = ? AND caller <> ?"),
      attempts_(
          db,
          "SELECT number, started_at, finished_at, phase, verdict, code, sub_code, message,"
          " platform_request_id, detail FROM attempts WHERE redemption = ? ORDER BY number"
      ),
      orders_(db, "SELECT order_key FROM order_keys WHERE redemption = ? ORDER BY position"),
      wanted_(
          db,
          "SELECT subject, total, order_key, code FROM wanted_totals WHERE redemption = ?"
          " ORDER BY position"
      ),
      doubtful_(
          db, "SELECT order_key, code, subject, total FROM doubtful_totals WHERE redemption = ?"
      ),
      history_(
          db,
          "SELECT at, who, action, note, from_state, to_state FROM history"
          " WHERE redemption = ? ORDER BY at"
      ),
      names_(
          db, "SELECT identity, name, seq, line FROM order_names WHERE seq > ? ORDER BY seq LIMIT ?"
      ),
      totals_(
          db,
          "SELECT identity, method, subject, order_key, code, total, redemption"
          " FROM confirmed_totals WHERE (identity, method, subject) > (?, ?, ?)"
          " ORDER BY identity, method, subject LIMIT ?"
      ),
      bans_(db, "SELECT identity, method, told_at, length, doubted FROM bans") {}

db_result<std::vector<moved_redemption>> source::redemptions(
    const std::string& after, std::int64_t at_most
) {
    std::vector<moved_redemption> found;
    const sql_value values[] = {to_sql(after), at_most};
    auto done = redemptions_.each(values, [&](const row& at) -> db_result<void> {
        auto read = read_redemption(at);
        if (!read) {
            return read.error();
        }
        auto& one = found.emplace_back();
        one.what = std::move(*read);
        one.scope = at.text(scope_column);
        one.queued = at.integer(queued_column);
        one.body = at.text(body_column);
        one.params = stored_at(at, params_column);
        if (!at.is_null(result_column)) {
            one.result = stored_at(at, result_column);
        }
        auto key_scope = key_scope_of(one.what);
        if (!key_scope) {
            return key_scope.error();
        }
        one.key_scope = std::move(*key_scope);
        return add_children(at.integer(0), one);
    });
    if (!done) {
        return done.error();
    }
    return found;
}

// What two replicas that know the caller by different names write for one key. A key that another
// of its names has as well stands under its own: two redemptions with it were there before.
db_result<std::string> source::key_scope_of(const record& what) {
    const auto own = scopes_.find(what.caller.str());
    if (own == scopes_.end() || own->second == what.caller.str()) {
        return what.caller.str();
    }
    bool taken = false;
    const sql_value values[] = {to_sql(what.key), to_sql(what.caller)};
    auto read = same_key_.each(values, [&](const row& at) -> db_result<void> {
        const auto other = scopes_.find(std::string(at.text(0)));
        taken = taken || (other != scopes_.end() && other->second == own->second);
        return {};
    });
    if (!read) {
        return read.error();
    }
    return taken ? what.caller.str() : own->second;
}

db_result<void> source::add_children(std::int64_t seq, moved_redemption& to) {
    const sql_value values[] = {to_sql(seq)};
    auto done = attempts_.each(values, [&](const row& at) -> db_result<void> {
        to.what.attempts.push_back(read_attempt(at));
        return {};
    });
    if (done) {
        done = orders_.each(values, [&](const row& at) -> db_result<void> {
            to.what.orders.emplace_back(std::string(at.text(0)));
            return {};
        });
    }
    if (done) {
        done = history_.each(values, [&](const row& at) -> db_result<void> {
            to.what.history.push_back(read_history(at));
            return {};
        });
    }
    if (done) {
        done = doubtful_.each(values, [&](const row& at) -> db_result<void> {
            to.doubts.push_back(total_at(at, 0, 1, 2, 3));
            return {};
        });
    }
    return done ? add_totals(seq, to) : done;
}

db_result<void> source::add_totals(std::int64_t seq, moved_redemption& to) {
    text::json_writer out;
    out.begin_array();
    bool any = false;
    const sql_value values[] = {to_sql(seq)};
    auto done = wanted_.each(values, [&](const row& at) -> db_result<void> {
        any = true;
        out.begin_object();
        out.text("subject", text::to_hex(at.text(0)));
        out.number("total", at.integer(1));
        if (!at.is_null(3)) {
            out.text("order", at.text(2));
            out.text("code", text::to_hex(at.text(3)));
        }
        out.end_object();
        return {};
    });
    out.end_array();
    if (done && any) {
        to.totals = out.str();
    }
    return done;
}

db_result<std::vector<moved_name>> source::names(std::int64_t after, std::int64_t at_most) {
    std::vector<moved_name> found;
    const sql_value values[] = {after, at_most};
    auto done = names_.each(values, [&](const row& at) -> db_result<void> {
        found.push_back(
            {.scope = std::string(at.text(0)),
             .name = std::string(at.text(1)),
             .number = at.integer(2),
             .line = at.integer(3)}
        );
        return {};
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<std::vector<confirmed_total>> source::totals(
    const std::optional<confirmed_total>& after, std::int64_t at_most
) {
    static const confirmed_total before_all;
    const auto& from = after ? *after : before_all;
    std::vector<confirmed_total> found;
    const sql_value values[] = {
        to_sql(from.scope),
        to_sql(from.method),
        blob_view{from.subject.data(), from.subject.size()},
        at_most
    };
    auto done = totals_.each(values, [&](const row& at) -> db_result<void> {
        auto& one = found.emplace_back();
        one.scope = at.text(0);
        one.method = at.text(1);
        one.subject = at.text(2);
        one.total = total_at(at, 3, 4, 2, 5);
        if (!at.is_null(6)) {
            one.by.emplace(std::string(at.text(6)));
        }
        return {};
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<std::vector<redemption::recorded_ban>> source::bans() {
    std::vector<redemption::recorded_ban> found;
    auto done = bans_.each({}, [&](const row& at) -> db_result<void> {
        auto& ban = found.emplace_back();
        ban.identity = redemption::platform_identity(std::string(at.text(0)));
        ban.method = redemption::method_name(std::string(at.text(1)));
        ban.since = redemption::time_point(std::chrono::milliseconds(at.integer(2)));
        ban.length = std::chrono::milliseconds(at.integer(3));
        ban.doubted = at.integer(4) != 0;
        return {};
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<std::optional<redemption::time_point>> source::created_at() {
    std::optional<redemption::time_point> born;
    statement query(db_, "SELECT created_at FROM birth WHERE created_at IS NOT NULL");
    auto read = query.first([&](const row& at) -> db_result<void> {
        born = redemption::time_point(std::chrono::milliseconds(at.integer(0)));
        return {};
    });
    if (!read) {
        return read.error();
    }
    return born;
}

db_result<std::int64_t> source::last_queued() {
    return db_.integer("SELECT coalesce(max(queued), 0) FROM redemptions WHERE state = 'pending'");
}

db_result<std::int64_t> source::last_number() {
    return db_.integer("SELECT coalesce(max(seq), 0) FROM order_names");
}

db_result<std::int64_t> source::count_until(const std::string& id) {
    std::int64_t count = 0;
    statement query(db_, "SELECT count(*) FROM redemptions WHERE id <= ?");
    auto read = query.first(
        [&](const row& at) -> db_result<void> {
            count = at.integer(0);
            return {};
        },
        id
    );
    if (!read) {
        return read.error();
    }
    return count;
}

db_result<moved_counts> source::counts() {
    moved_counts all;
    statement states(db_, "SELECT state, count(*) FROM redemptions GROUP BY state");
    auto done = states.each({}, [&](const row& at) -> db_result<void> {
        std::pair<std::string_view, std::int64_t*> const of[] = {
            {"pending", &all.pending},
            {"unknown", &all.unknown},
            {"succeeded", &all.succeeded},
            {"rejected", &all.rejected},
            {"failed", &all.failed},
        };
        for (const auto& [name, count] : of) {
            if (at.text(0) == name) {
                *count = at.integer(1);
            }
        }
        return {};
    });
    const auto add = [&](const std::string& sql, std::int64_t& count, std::int64_t& sum) {
        statement query(db_, sql);
        if (done) {
            done = query.each({}, [&](const row& at) -> db_result<void> {
                count = at.integer(0);
                sum = at.integer(1);
                return {};
            });
        }
    };
    std::int64_t ignored = 0;
    add(count_totals_sql("confirmed_totals", ""), all.confirmed, all.confirmed_sum);
    add(count_totals_sql("doubtful_totals", ", t.redemption"), all.doubtful, all.doubtful_sum);
    add("SELECT count(*), 0 FROM bans", all.bans, ignored);
    if (!done) {
        return done.error();
    }
    return all;
}

}  // namespace gateway::journal::moving
