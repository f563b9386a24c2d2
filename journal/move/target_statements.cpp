#include "journal/move/target_statements.hpp"

#include <string>

#include "journal/move/page_columns.hpp"

namespace gateway::journal::moving {
namespace {

using enum postgres::type;

std::string put_page_sql() {
    std::string parameters;
    for (std::size_t i = 1; i <= page_columns::types().size(); ++i) {
        parameters += (i == 1 ? "$" : ", $") + std::to_string(i);
    }
    return "WITH w AS (SELECT * FROM unnest(" + parameters + ") AS " + page_names +
           "), placed AS (INSERT INTO redemptions (id, created_at, lifetime_ms, replay_safe,"
           " params_sealed, void, caller, idempotency_key, key_scope, method, account, scope,"
           " natural_key, body, params, orders, totals) SELECT id, created_at, lifetime_ms,"
           " replay_safe, params_sealed, void, caller, idempotency_key, key_scope, method, account,"
           " scope, natural_key, body, params, orders::text[], totals FROM w"
           " ON CONFLICT (id) DO NOTHING RETURNING id), fresh AS (SELECT * FROM w"
           " WHERE (w.id IN (SELECT id FROM placed)) IS TRUE), opened AS (INSERT INTO"
           " open_redemptions (id, queued, line, updated_at, expires_at, attempt,"
           " attempt_started_at, unknown, totals, in_doubt, attempts, result, result_sealed, error,"
           " history) SELECT id, queued, (SELECT n.line FROM orders AS n WHERE n.scope = f.scope"
           " AND n.name = f.first_order), updated_at, expires_at, attempt, attempt_started_at,"
           " state = 'unknown', totals IS NOT NULL, in_doubt, attempts, result, result_sealed,"
           " error, history FROM fresh AS f WHERE is_open)"
           " INSERT INTO outcomes (id, updated_at, expires_at, state, attempts, result,"
           " result_sealed, error, history) SELECT id, updated_at, expires_at, state, attempts,"
           " result, result_sealed, error, history FROM fresh WHERE NOT is_open";
}
const std::string put_page_text = put_page_sql();

}  // namespace

const postgres::statement state_of_move{
    "move_state",
    "SELECT m.source, m.finished_at IS NOT NULL, EXISTS (SELECT 1 FROM replicas AS r"
    " WHERE r.renewed_at > m.finished_at) FROM journal_move AS m",
    {}
};
// Only into tables that hold nothing.
const postgres::statement begin_move{
    "move_begin",
    "INSERT INTO journal_move (source, run) SELECT $1, 0"
    " WHERE NOT EXISTS (SELECT 1 FROM redemptions) AND NOT EXISTS (SELECT 1 FROM outcomes)"
    " AND NOT EXISTS (SELECT 1 FROM open_redemptions) AND NOT EXISTS (SELECT 1 FROM orders)"
    " AND NOT EXISTS (SELECT 1 FROM confirmed_totals) AND NOT EXISTS (SELECT 1 FROM doubtful_totals)"
    " AND NOT EXISTS (SELECT 1 FROM bans) ON CONFLICT DO NOTHING",
    {bytea}
};
const postgres::statement take_move{
    "move_take",
    "UPDATE journal_move SET run = run + 1 WHERE source = $1 AND finished_at IS NULL"
    " RETURNING run, copied_until",
    {bytea}
};
// A move that was refused at its beginning leaves nothing.
const postgres::statement drop_move{
    "move_drop", "DELETE FROM journal_move WHERE run = 1 AND copied_until IS NULL", {}
};
const postgres::statement fence{
    "move_fence",
    "SELECT 1 / count(*) FROM (SELECT 1 FROM journal_move WHERE run = $1 AND finished_at IS NULL"
    " FOR UPDATE) AS mine",
    {int4}
};
const postgres::statement set_secret{
    "move_set_secret",
    "INSERT INTO journal_secret (secret, sealed) VALUES ($1, $2) ON CONFLICT (only_row)"
    " DO UPDATE SET secret = excluded.secret, sealed = excluded.sealed",
    {bytea, boolean}
};
const postgres::statement read_secret{
    "move_read_secret", "SELECT secret, sealed FROM journal_secret", {}
};
const postgres::statement forget_birth{"move_forget_birth", "DELETE FROM journal_birth", {}};
const postgres::statement keep_birth{
    "move_keep_birth",
    "INSERT INTO journal_birth (created_at) SELECT $1 WHERE $1 IS NOT NULL",
    {timestamptz}
};
const postgres::statement raise_numbers{
    "move_raise_numbers",
    "SELECT setval('order_numbers', greatest($1, nextval('order_numbers'))),"
    " setval('queue_positions', greatest($2, nextval('queue_positions')))",
    {int8, int8}
};
const postgres::statement put_names{
    "move_put_names",
    "INSERT INTO orders (scope, name, number, line) SELECT * FROM unnest($1, $2, $3, $4)"
    " ON CONFLICT (scope, name) DO NOTHING",
    {text_array, text_array, int8_array, int8_array}
};
// Names that stand alone are lines of their own.
const postgres::statement put_lone_names{
    "move_put_lone_names",
    "INSERT INTO orders (scope, name, number, line) SELECT n.scope, n.name, n.number, n.number"
    " FROM (SELECT d.scope, d.name, nextval('order_numbers') AS number FROM (SELECT DISTINCT"
    " w.scope, w.name FROM unnest($1, $2) AS w(scope, name) WHERE NOT EXISTS (SELECT 1"
    " FROM orders AS o WHERE o.scope = w.scope AND o.name = w.name) ORDER BY w.scope, w.name) AS d"
    ") AS n ON CONFLICT (scope, name) DO NOTHING",
    {text_array, text_array}
};

const postgres::statement put_page{"move_put_page", put_page_text.c_str(), page_columns::types()};

const postgres::statement put_doubts{
    "move_put_doubts",
    "INSERT INTO doubtful_totals (line, method, code, redemption, total) SELECT n.line, w.method,"
    " w.code, w.redemption, max(w.total) FROM unnest($1, $2, $3, $4, $5, $6)"
    " AS w(scope, name, method, code, redemption, total) JOIN orders AS n ON n.scope = w.scope"
    " AND n.name = w.name GROUP BY 1, 2, 3, 4 ON CONFLICT DO NOTHING",
    total_page::types()
};
const postgres::statement put_confirmed{
    "move_put_confirmed",
    "INSERT INTO confirmed_totals AS c (line, method, code, total, redemption)"
    " SELECT DISTINCT ON (n.line, w.method, w.code) n.line, w.method, w.code, w.total, w.redemption"
    " FROM unnest($1, $2, $3, $4, $5, $6) AS w(scope, name, method, code, redemption, total)"
    " JOIN orders AS n ON n.scope = w.scope AND n.name = w.name"
    " ORDER BY n.line, w.method, w.code, w.total DESC ON CONFLICT (line, method, code)"
    " DO UPDATE SET total = excluded.total, redemption = excluded.redemption"
    " WHERE excluded.total > c.total",
    total_page::types()
};
const postgres::statement put_bans{
    "move_put_bans",
    "INSERT INTO bans (scope, method, since, length_ms, doubted)"
    " SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    {text_array, text_array, timestamptz_array, int8_array, boolean_array}
};
const postgres::statement copied_until{
    "move_copied_until", "UPDATE journal_move SET copied_until = $1", {uuid}
};
const postgres::statement finish_move{
    "move_finish", "UPDATE journal_move SET finished_at = now()", {}
};
const postgres::statement living_replicas{
    "move_living", "SELECT replica, renewals FROM replicas WHERE ended_at IS NULL", {}
};
const postgres::statement end_replica{
    "move_end_replica",
    "UPDATE replicas SET ended_at = now() WHERE replica = $1 AND renewals = $2",
    {int8, int8}
};
// Counting takes longer than the session's usual limit.
const postgres::statement no_limit{
    "move_no_limit", "SELECT set_config('statement_timeout', '0', false)", {}
};

}  // namespace gateway::journal::moving
