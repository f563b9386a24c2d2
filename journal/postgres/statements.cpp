#include "journal/postgres/statements.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "journal/postgres/batch_columns.hpp"
#include "journal/postgres/lost_tail.hpp"
#include "journal/postgres/record_codec.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;

const std::string& select_records(const char* where) {
    static std::vector<std::unique_ptr<const std::string>> kept;
    kept.push_back(std::make_unique<const std::string>(
        "SELECT " + record_columns + " FROM " + record_source + " WHERE " + where
    ));
    return *kept.back();
}

// A process that was ended, or whose writer has a newer connection, divides by zero (22012). The
// row's lock keeps it alive until the end of the transaction.
constexpr const char* fence_sql =
    "SELECT 1 / count(*) FROM (SELECT 1 FROM replicas WHERE replica = $1 AND connection = $2"
    " AND ended_at IS NULL FOR KEY SHARE) AS alive";

// Only while it waits for its client in the middle of a transaction: one that waits for a standby
// must not make its commit visible before, and its number may have gone to another process.
constexpr const char* end_earlier_backend_sql =
    "SELECT pg_terminate_backend(a.pid) FROM replicas AS r"
    " JOIN pg_stat_activity AS a ON a.pid = r.pid"
    " WHERE r.replica = $1 AND r.token = $2"
    " AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL"
    " AND a.wait_event_type = 'Client'"
    " AND a.datname = current_database() AND a.usename = current_user"
    " AND a.application_name = current_setting('application_name')";

// Of the first wanted total with one the highest that is confirmed, else one in doubt. $1 scope, $2
// method, $3 names of orders, $4 codes, $5 totals, $6 a redemption whose own doubt doesn't count.
constexpr const char* higher_total_sql =
    "WITH wanted AS (SELECT w.n, w.code, w.total, o.line"
    " FROM unnest($3, $4, $5) WITH ORDINALITY AS w (name, code, total, n)"
    " JOIN orders AS o ON o.scope = $1 AND o.name = w.name),"
    " higher AS (SELECT w.n, c.total, c.redemption, false AS in_doubt FROM wanted AS w"
    " JOIN confirmed_totals AS c ON c.line = w.line AND c.method = $2 AND c.code = w.code"
    " AND c.total > w.total"
    " UNION ALL SELECT w.n, d.total, d.redemption, true FROM wanted AS w"
    " JOIN doubtful_totals AS d ON d.line = w.line AND d.method = $2 AND d.code = w.code"
    " AND d.total > w.total AND d.redemption <> $6)"
    " SELECT total, (SELECT r.id FROM redemptions AS r WHERE r.id = higher.redemption), in_doubt"
    " FROM higher ORDER BY n, in_doubt, total DESC LIMIT 1";

// Locks the rows of the names in their order; new names are lines of their own.
constexpr const char* lock_names_sql =
    "INSERT INTO orders AS o (scope, name, number, line)"
    " SELECT $1, w.name, w.number, w.number FROM (SELECT d.name, nextval('order_numbers') AS number"
    " FROM (SELECT DISTINCT n.name FROM unnest($2) AS n (name) ORDER BY n.name) AS d) AS w"
    " ON CONFLICT (scope, name) DO UPDATE SET last_used = current_date"
    " RETURNING o.name, o.number, o.line";

constexpr const char* move_confirmed_sql =
    "WITH away AS (DELETE FROM confirmed_totals WHERE line = ANY ($1)"
    " RETURNING method, code, total, redemption)"
    " INSERT INTO confirmed_totals AS c (line, method, code, total, redemption)"
    " SELECT DISTINCT ON (method, code) $2, method, code, total, redemption FROM away"
    " ORDER BY method, code, total DESC"
    " ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total,"
    " redemption = excluded.redemption WHERE excluded.total > c.total";
constexpr const char* move_doubtful_sql =
    "WITH away AS (DELETE FROM doubtful_totals WHERE line = ANY ($1)"
    " RETURNING method, code, redemption, total)"
    " INSERT INTO doubtful_totals AS d (line, method, code, redemption, total)"
    " SELECT $2, method, code, redemption, max(total) FROM away GROUP BY method, code, redemption"
    " ON CONFLICT (line, method, code, redemption) DO UPDATE"
    " SET total = greatest(d.total, excluded.total)";

constexpr const char* insert_sql =
    "WITH wish AS (INSERT INTO redemptions (id, created_at, lifetime_ms, replay_safe, params_sealed,"
    " caller, idempotency_key, key_scope, method, account, scope, natural_key, body, params, orders,"
    " totals) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text[],"
    " $16))"
    " INSERT INTO open_redemptions (id, owner, line, updated_at, expires_at, attempt,"
    " attempt_started_at, attempt_by, totals)"
    " VALUES ($1, $17, $18, $19, $20, $21, $22, $17, $16 IS NOT NULL)";

constexpr const char* restart_sql =
    "WITH gone AS (DELETE FROM outcomes WHERE id = $1 RETURNING attempts, history),"
    " wish AS (UPDATE redemptions SET void = false, scope = $2, lifetime_ms = $3 WHERE id = $1"
    " RETURNING totals)"
    " INSERT INTO open_redemptions (id, owner, line, updated_at, expires_at, attempt,"
    " attempt_started_at, attempt_by, totals, attempts, history)"
    " SELECT $1, $4, $5, $6, $7, $8, $9, $4, wish.totals IS NOT NULL, gone.attempts, gone.history"
    " FROM gone, wish";

constexpr const char* settle_open_sql =
    "UPDATE open_redemptions SET"
    " queued = CASE WHEN unknown AND NOT $2 THEN nextval('queue_positions') ELSE queued END,"
    " unknown = $2, owner = CASE WHEN $2 THEN NULL ELSE $3 END, updated_at = $4,"
    " expires_at = coalesce($5, expires_at), result = coalesce($6, result),"
    " result_sealed = CASE WHEN $6 IS NULL THEN result_sealed ELSE $7 END, error = $8, history = $9,"
    " attempts = $10, attempt = $11, attempt_started_at = $12,"
    " word = CASE WHEN unknown AND NOT $2 THEN NULL ELSE word END WHERE id = $1";

constexpr const char* settle_final_sql =
    "WITH gone AS (DELETE FROM open_redemptions WHERE id = $1"
    " RETURNING expires_at, result, result_sealed)"
    " INSERT INTO outcomes (id, updated_at, expires_at, owner, result_sealed, state, attempts,"
    " result, error, history)"
    " SELECT $1, $2, coalesce($3, expires_at), $4,"
    " CASE WHEN $5 IS NULL THEN result_sealed ELSE $6 END, $7, $8, coalesce($5, result), $9, $10"
    " FROM gone";

constexpr const char* raise_totals_sql =
    "WITH named AS (SELECT o.line, w.code, w.total FROM unnest($3, $4, $5) AS w (name, code, total)"
    " JOIN orders AS o ON o.scope = $1 AND o.name = w.name)"
    " INSERT INTO confirmed_totals AS c (line, method, code, total, redemption)"
    " SELECT DISTINCT ON (line, code) line, $2, code, total, $6 FROM named"
    " ORDER BY line, code, total DESC"
    " ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total,"
    " redemption = excluded.redemption WHERE excluded.total > c.total";

constexpr const char* doubt_sql =
    "WITH named AS (SELECT o.line, w.code, w.total FROM unnest($3, $4, $5) AS w (name, code, total)"
    " JOIN orders AS o ON o.scope = $1 AND o.name = w.name),"
    " marked AS (UPDATE open_redemptions SET in_doubt = true WHERE id = $6)"
    " INSERT INTO doubtful_totals (line, method, code, redemption, total)"
    " SELECT line, $2, code, $6, max(total) FROM named GROUP BY line, code ON CONFLICT DO NOTHING";

// A ban that lasts longer stays; it counts for at most its length, should the clock have been set
// back.
constexpr const char* keep_ban_sql =
    "INSERT INTO bans AS b (scope, method, since, length_ms, doubted) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (scope, method) DO UPDATE SET since = excluded.since,"
    " length_ms = excluded.length_ms, doubted = excluded.doubted"
    " WHERE least(b.length_ms, b.length_ms + extract(epoch FROM b.since - excluded.since) * 1000)"
    " < excluded.length_ms";

// Nothing while one may be at work in a process that has not looked yet for what this server lacks.
constexpr const char* take_sql =
    "WITH free AS (SELECT id FROM open_redemptions WHERE owner IS NULL AND NOT unknown"
    " AND NOT EXISTS (SELECT 1 FROM replicas WHERE ended_at IS NULL"
    " AND server <> extract(epoch FROM pg_postmaster_start_time())::text)"
    " ORDER BY queued LIMIT $2 FOR UPDATE SKIP LOCKED)"
    " UPDATE open_redemptions AS o SET owner = $1 FROM free WHERE o.id = free.id RETURNING o.id";

// $3: from where to look. What was removed leaves dead rows in front, as long as any snapshot is
// older; without it each step would go through all of them.
constexpr const char* remove_final_sql =
    "WITH old AS (SELECT id, updated_at FROM outcomes"
    " WHERE updated_at < $1 AND updated_at >= coalesce($3, '-infinity') ORDER BY updated_at LIMIT $2"
    " FOR UPDATE SKIP LOCKED), gone AS (DELETE FROM outcomes"
    " WHERE id = ANY (ARRAY(SELECT id FROM old))),"
    " away AS (DELETE FROM redemptions WHERE id = ANY (ARRAY(SELECT id FROM old)))"
    " SELECT count(*), max(updated_at) FROM old";

// A live natural key that the identity has already stays where it is.
constexpr const char* adopt_redemptions_sql =
    "UPDATE redemptions AS r SET scope = $2 WHERE r.scope = $1 AND starts_with(r.scope, 'account:')"
    " AND (r.void OR r.natural_key IS NULL OR NOT EXISTS (SELECT 1 FROM redemptions AS x"
    " WHERE x.natural_key = r.natural_key AND x.scope = $2 AND x.method = r.method"
    " AND NOT x.void))";

constexpr const char* adopt_bans_sql =
    "INSERT INTO bans AS b (scope, method, since, length_ms, doubted)"
    " SELECT $2, method, since, length_ms, doubted FROM bans WHERE scope = $1"
    " ON CONFLICT (scope, method) DO UPDATE SET since = excluded.since,"
    " length_ms = excluded.length_ms, doubted = excluded.doubted"
    " WHERE excluded.since + excluded.length_ms * interval '1 ms'"
    " > b.since + b.length_ms * interval '1 ms'";

std::vector<statement> session_statements() {
    return {
        {"fence", fence_sql, {int8, int4}},
        {"begin", "BEGIN", {}},
        {"commit", "COMMIT", {}},
        {"roll_back", "ROLLBACK", {}},
        {"draw_token", "SELECT gen_random_uuid()::text", {}},
        {"enrol",
         "INSERT INTO replicas (name, version, key_ids, pid, token, server)"
         " VALUES ($1, $2, $3::text[], pg_backend_pid(), $4, $5) RETURNING replica, connection",
         {text, text, text, text, text}},
        {"forget_replicas", "DELETE FROM replicas WHERE ended_at < now() - interval '7 days'", {}},
        {"forget_shares",
         "DELETE FROM quota_shares AS s WHERE NOT EXISTS"
         " (SELECT 1 FROM replicas AS r WHERE r.replica = s.replica)",
         {}},
        {"lock_replica",
         "SELECT 1 FROM replicas WHERE replica = $1 AND ended_at IS NULL FOR UPDATE",
         {int8}},
        {"renew_connection",
         "UPDATE replicas SET connection = connection + 1, pid = pg_backend_pid()"
         " WHERE replica = $1 AND token = $2 AND ended_at IS NULL RETURNING connection",
         {int8, text}},
        {"probe", "UPDATE replicas SET renewed_at = now() WHERE replica = $1", {int8}},
        {"leave", "UPDATE replicas SET ended_at = now() WHERE replica = $1", {int8}},
        {"release", "UPDATE open_redemptions SET owner = NULL WHERE owner = $1", {int8}},
        {"end_earlier_backend", end_earlier_backend_sql, {int8, text}},
    };
}

std::vector<statement> reading_statements() {
    static const std::string& by_id = select_records("r.id = $1");
    static const std::string& by_key = select_records("r.idempotency_key = $1 AND r.caller = $2");
    static const std::string& by_ids = select_records("r.id = ANY ($1) ORDER BY o.queued");
    return {
        {"lock_wish", "SELECT 1 FROM redemptions WHERE id = $1 FOR UPDATE", {uuid}},
        {"lock_open", "SELECT 1 FROM open_redemptions WHERE id = $1 FOR UPDATE", {uuid}},
        {"find", by_id.c_str(), {uuid}},
        {"find_by_key", by_key.c_str(), {text, text}},
        {"find_all", by_ids.c_str(), {uuid_array}},
        {"natural_key_holder",
         "SELECT id FROM redemptions WHERE natural_key = $1 AND scope = $2 AND method = $3"
         " AND NOT void AND natural_key IS NOT NULL",
         {text, text, text}},
        {"higher_total", higher_total_sql, {text, text, text_array, bytea_array, int8_array, uuid}},
    };
}

std::vector<statement> order_statements() {
    return {
        {"lock_names", lock_names_sql, {text, text_array}},
        {"lock_lines",
         "SELECT name, number, line FROM orders WHERE line = ANY ($1) ORDER BY scope, name"
         " FOR UPDATE",
         {int8_array}},
        {"draw_numbers", "SELECT nextval('order_numbers') FROM generate_series(1, $1)", {int4}},
        {"renumber",
         "UPDATE orders AS o SET number = w.number FROM unnest($2, $3) AS w (name, number)"
         " WHERE o.scope = $1 AND o.name = w.name",
         {text, text_array, int8_array}},
        {"move_names", "UPDATE orders SET line = $2 WHERE line = ANY ($1)", {int8_array, int8}},
        {"move_open",
         "UPDATE open_redemptions SET line = $2 WHERE line = ANY ($1)",
         {int8_array, int8}},
        {"move_confirmed", move_confirmed_sql, {int8_array, int8}},
        {"move_doubtful", move_doubtful_sql, {int8_array, int8}},
        {"others_in_line",
         "SELECT 1 FROM open_redemptions WHERE line = ANY ($1) AND NOT unknown"
         " AND (owner IS DISTINCT FROM $2 OR attempt_started_at IS NOT NULL) LIMIT 1",
         {int8_array, int8}},
        {"others_first",
         "SELECT 1 FROM open_redemptions WHERE line = $1 AND NOT unknown AND id <> $2"
         " AND (attempt_started_at IS NOT NULL OR (queued < $4 AND owner IS DISTINCT FROM $3))"
         " LIMIT 1",
         {int8, uuid, int8, int8}},
    };
}

std::vector<statement> redemption_statements() {
    return {
        {"insert", insert_sql, {uuid,        timestamptz, int8, boolean,    boolean, text,
                                text,        text,        text, text,       text,    text,
                                bytea,       bytea,       text, jsonb,      int8,    int8,
                                timestamptz, timestamptz, int4, timestamptz}},
        {"restart",
         restart_sql,
         {uuid, text, int8, int8, int8, timestamptz, timestamptz, int4, timestamptz}},
        {"start_attempt",
         "UPDATE open_redemptions SET attempt = $2, attempt_started_at = $3, attempt_by = $4"
         " WHERE id = $1",
         {uuid, int4, timestamptz, int8}},
        {"settle_open",
         settle_open_sql,
         {uuid,
          boolean,
          int8,
          timestamptz,
          timestamptz,
          bytea,
          boolean,
          jsonb,
          jsonb,
          jsonb,
          int4,
          timestamptz}},
        {"settle_final",
         settle_final_sql,
         {uuid, timestamptz, timestamptz, int8, bytea, boolean, text, jsonb, jsonb, jsonb}},
        {"complete_final",
         "UPDATE outcomes SET attempts = $2, history = $3 WHERE id = $1",
         {uuid, jsonb, jsonb}},
        {"replace_attempts",
         "UPDATE open_redemptions SET attempts = $2 WHERE id = $1",
         {uuid, jsonb}},
        {"replace_final_attempts", "UPDATE outcomes SET attempts = $2 WHERE id = $1", {uuid, jsonb}
        },
        {"set_void", "UPDATE redemptions SET void = true WHERE id = $1", {uuid}},
        {"raise_totals", raise_totals_sql, {text, text, text_array, bytea_array, int8_array, uuid}},
        {"doubt", doubt_sql, {text, text, text_array, bytea_array, int8_array, uuid}},
        {"end_doubt", "DELETE FROM doubtful_totals WHERE redemption = $1", {uuid}},
        {"keep_ban", keep_ban_sql, {text, text, timestamptz, int8, boolean}},
    };
}

std::vector<statement> general_statements() {
    return {
        {"lift_bans",
         "DELETE FROM bans WHERE scope = $1 AND ($2 IS NULL OR method = $2)",
         {text, text}},
        {"take", take_sql, {int8, int8}},
        {"own", "SELECT id FROM open_redemptions WHERE owner = $1 AND NOT unknown", {int8}},
        {"give_back",
         "UPDATE open_redemptions SET owner = NULL WHERE id = ANY ($1) AND owner = $2"
         " AND attempt_started_at IS NULL",
         {uuid_array, int8}},
        {"leave_word",
         "UPDATE open_redemptions SET word = $2"
         " WHERE id = $1 AND NOT unknown AND (word IS NULL OR word = $2) RETURNING 1",
         {uuid, jsonb}},
        {"remove_final", remove_final_sql, {timestamptz, int8, timestamptz}},
        {"adopt_redemptions", adopt_redemptions_sql, {text, text}},
        {"adopt_names",
         "UPDATE orders AS o SET scope = $2 WHERE o.scope = $1 AND NOT EXISTS"
         " (SELECT 1 FROM orders AS x WHERE x.scope = $2 AND x.name = o.name)",
         {text, text}},
        {"adopt_numbers",
         "UPDATE orders AS x SET number = least(x.number, o.number) FROM orders AS o"
         " WHERE o.scope = $1 AND x.scope = $2 AND x.name = o.name",
         {text, text}},
        {"adopt_shared_lines",
         "SELECT o.line, x.line FROM orders AS o JOIN orders AS x"
         " ON x.scope = $2 AND x.name = o.name WHERE o.scope = $1 AND o.line <> x.line"
         " ORDER BY o.name LIMIT 1",
         {text, text}},
        {"adopt_leftovers", "DELETE FROM orders WHERE scope = $1", {text}},
        {"adopt_bans", adopt_bans_sql, {text, text}},
        {"adopt_old_bans", "DELETE FROM bans WHERE scope = $1", {text}},
    };
}

std::vector<statement> all_statements() {
    std::vector<statement> all = session_statements();
    for (auto part :
         {reading_statements,
          order_statements,
          redemption_statements,
          general_statements,
          loss_statements,
          batch_statements}) {
        for (auto& one : part()) {
            all.push_back(std::move(one));
        }
    }
    if (all.size() != static_cast<std::size_t>(sql::batch_settle_open) + 1) {
        throw std::logic_error("the table of statements does not fit its names");
    }
    return all;
}

}  // namespace

std::span<const statement> writer_statements() {
    static const std::vector<statement> all = all_statements();
    return all;
}

}  // namespace gateway::journal::postgres
