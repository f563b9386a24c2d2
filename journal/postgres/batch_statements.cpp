// The statements of a batch. Each gives the ids of the operations that it has done.

#include <string>

#include "journal/postgres/batch_columns.hpp"

namespace gateway::journal::postgres {
namespace {

using enum type;

// A table is searched for "ANY (an array)" beside the join, although that says the same again: with
// plans made while the tables were empty the server would otherwise read a whole index each time.

// $1 to $21 as accept_columns.
const std::string wishes =
    "wish AS (SELECT w.* FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
    " $15, $16, $17, $18, $19, $20, $21) WITH ORDINALITY AS w (id, created_at, lifetime_ms,"
    " replay_safe, params_sealed, caller, all_callers, idempotency_key, key_scope, method,"
    " account, scope, natural_key, body, params, orders, totals, updated_at, expires_at, attempt,"
    " attempt_started_at, n))";
// The rows are inserted in the order of their keys, so that two batches never wait for each other.
std::string placed(const std::string& condition) {
    return "placed AS (INSERT INTO redemptions (id, created_at, lifetime_ms, replay_safe,"
           " params_sealed, caller, idempotency_key, key_scope, method, account, scope,"
           " natural_key, body, params, orders, totals) SELECT w.id, w.created_at, w.lifetime_ms,"
           " w.replay_safe, w.params_sealed, w.caller, w.idempotency_key, w.key_scope, w.method,"
           " w.account, w.scope, w.natural_key, w.body, w.params, w.orders::text[], w.totals"
           " FROM wish AS w WHERE NOT EXISTS (SELECT 1 FROM redemptions AS r"
           " WHERE r.idempotency_key = ANY ($8) AND r.idempotency_key = w.idempotency_key"
           " AND r.caller = ANY"
           " (w.all_callers::text[]))" +
           condition +
           " ORDER BY w.idempotency_key, w.key_scope, w.n ON CONFLICT DO NOTHING RETURNING id)";
}

// $22 is the process.
const std::string accept_sql =
    "WITH " + wishes + ", " + placed("") +
    " INSERT INTO open_redemptions (id, owner, updated_at, expires_at, attempt, attempt_started_at,"
    " attempt_by) SELECT w.id, $22, w.updated_at, w.expires_at, w.attempt, w.attempt_started_at, $22"
    " FROM wish AS w WHERE (w.id IN (SELECT id FROM placed)) IS TRUE ORDER BY w.n"
    " RETURNING id, attempt_started_at IS NOT NULL";

// Locks the rows of the names in their order. New names of one wish are one line. $1 numbers of
// wishes, $2 scopes, $3 names.
constexpr const char* lock_sql =
    "WITH given AS (SELECT g.n, g.scope, g.name, nextval('order_numbers') AS number"
    " FROM unnest($1, $2, $3) AS g (n, scope, name)),"
    " lined AS (SELECT scope, name, number, min(number) OVER (PARTITION BY n) AS line FROM given)"
    " INSERT INTO orders AS o (scope, name, number, line)"
    " SELECT DISTINCT ON (scope, name) scope, name, number, line FROM lined"
    " ORDER BY scope, name, number"
    " ON CONFLICT (scope, name) DO UPDATE SET last_used = current_date";

// $22 is the process, $23 to $25 the names, $26 to $29 the totals. A wish is left whose names are
// of several lines, or one of whose totals would fall.
const std::string accept_in_line_sql =
    "WITH " + wishes +
    ","
    " named AS (SELECT g.n, g.name, o.line FROM unnest($23, $24, $25) AS g (n, scope, name)"
    " JOIN orders AS o ON o.name = ANY ($25) AND o.scope = g.scope AND o.name = g.name),"
    " lined AS (SELECT n, min(line) AS line FROM named GROUP BY n HAVING min(line) = max(line)),"
    " wanted AS (SELECT t.n, w.method, t.code, t.total, o.line"
    " FROM unnest($26, $27, $28, $29) AS t (n, name, code, total) JOIN wish AS w ON w.n = t.n"
    " JOIN orders AS o ON o.name = ANY ($27) AND o.scope = w.scope AND o.name = t.name),"
    " low AS (SELECT t.n FROM wanted AS t JOIN confirmed_totals AS c ON c.line = t.line"
    " AND c.method = t.method AND c.code = t.code AND c.total > t.total"
    " UNION ALL SELECT t.n FROM wanted AS t JOIN doubtful_totals AS d ON d.line = t.line"
    " AND d.method = t.method AND d.code = t.code AND d.total > t.total), " +
    placed(" AND w.n IN (SELECT n FROM lined) AND w.n NOT IN (SELECT n FROM low)") +
    ","
    " led AS (SELECT l.n, l.line, o.name AS canonical FROM lined AS l"
    " LEFT JOIN orders AS o ON o.line = l.line AND o.number = l.line),"
    " ready AS (SELECT w.*, l.line, l.canonical, w.attempt_started_at IS NOT NULL"
    " AND EXISTS (SELECT 1 FROM named AS g WHERE g.n = w.n AND g.name = l.canonical)"
    " AND NOT EXISTS (SELECT 1 FROM open_redemptions AS x WHERE x.line = l.line AND NOT x.unknown"
    " AND (x.owner IS DISTINCT FROM $22 OR x.attempt_started_at IS NOT NULL)) AS starts FROM wish AS w JOIN led AS l ON l.n = w.n"
    " WHERE (w.id IN (SELECT id FROM placed)) IS TRUE),"
    " opened AS (INSERT INTO open_redemptions (id, owner, line, updated_at, expires_at, attempt,"
    " attempt_started_at, attempt_by, totals) SELECT id, $22, line, updated_at, expires_at,"
    " CASE WHEN starts THEN attempt ELSE 0 END, CASE WHEN starts THEN attempt_started_at END, $22,"
    " totals IS NOT NULL FROM ready ORDER BY n)"
    " SELECT id, starts, canonical FROM ready";

// An attempt is left that isn't its order's turn, or one of whose totals would fall. This process's
// own count as well: another one may have merged the lines of two. Look-ups nested in each other,
// as joins would go through all orders of a scope.
constexpr const char* start_sql =
    "UPDATE open_redemptions AS o SET attempt = s.number, attempt_started_at = s.at,"
    " attempt_by = $4 FROM unnest($1, $2, $3) AS s (id, number, at)"
    " WHERE o.id = ANY ($1) AND o.id = s.id AND o.owner = $4 AND NOT o.unknown"
    " AND o.attempt = s.number - 1 AND o.attempt_started_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM open_redemptions AS b WHERE b.line = o.line AND NOT b.unknown"
    " AND b.id <> o.id AND (b.attempt_started_at IS NOT NULL OR (b.queued < o.queued"
    " AND (b.owner IS DISTINCT FROM $4 OR b.id = ANY ($1)))))"
    " AND (NOT o.totals OR NOT EXISTS (SELECT 1 FROM redemptions AS r"
    " CROSS JOIN LATERAL jsonb_to_recordset(r.totals)"
    " AS t (\"order\" text, code text, subject text, total bigint)"
    " CROSS JOIN LATERAL (SELECT (SELECT n.line FROM orders AS n WHERE n.scope = r.scope"
    " AND n.name = v.name) AS line, decode(v.code, 'hex') AS code FROM (VALUES"
    " (coalesce(t.\"order\", ''), coalesce(t.code, t.subject)), ('', t.subject)) AS v (name, code)"
    ") AS k"
    " WHERE r.id = o.id AND (t.total < (SELECT max(c.total) FROM confirmed_totals AS c"
    " WHERE c.line = k.line AND c.method = r.method AND c.code = k.code)"
    " OR t.total < (SELECT max(d.total) FROM doubtful_totals AS d WHERE d.line = k.line"
    " AND d.method = r.method AND d.code = k.code AND d.redemption <> o.id)))) RETURNING o.id";

// $1 to $9 as settle_columns, $10 the process.
const std::string ends =
    "ends AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS s (id, state, at,"
    " number, ended, in_doubt, result, result_sealed, error))";
// Without a number no attempt is under way.
const std::string finals =
    ends +
    ", gone AS (DELETE FROM open_redemptions AS o USING ends AS s WHERE o.id = ANY ($1)"
    " AND o.id = s.id AND o.owner = $10 AND NOT o.unknown AND NOT o.in_doubt"
    " AND o.attempt = coalesce(s.number, o.attempt)"
    " AND (o.attempt_started_at IS NOT NULL) = (s.number IS NOT NULL) RETURNING o.id, s.at,"
    " o.expires_at, s.state, CASE WHEN s.ended IS NULL THEN o.attempts"
    " ELSE coalesce(o.attempts, '[]') || s.ended END AS attempts,"
    " coalesce(s.result, o.result) AS result,"
    " CASE WHEN s.result IS NULL THEN o.result_sealed ELSE s.result_sealed END AS sealed,"
    " s.error, o.history),"
    " kept AS (INSERT INTO outcomes (id, updated_at, expires_at, owner, result_sealed, state,"
    " attempts, result, error, history) SELECT id, at, expires_at, $10, sealed, state, attempts,"
    " result, error, history FROM gone),"
    " freed AS (UPDATE redemptions AS r SET void = true FROM gone WHERE r.id = ANY ($1)"
    " AND r.id = gone.id AND gone.state <> 'succeeded')";

const std::string finals_sql = "WITH " + finals + " SELECT id FROM gone";

// $11 to $14 as total_columns. The rows of the names are locked against a merge of their lines.
const std::string confirming_sql =
    "WITH " + finals +
    ", wanted AS (SELECT t.id, t.name, t.code, t.total, r.scope, r.method"
    " FROM unnest($11, $12, $13, $14) AS t (id, name, code, total) JOIN gone ON gone.id = t.id"
    " JOIN redemptions AS r ON r.id = ANY ($11) AND r.id = t.id),"
    " named AS (SELECT d.scope, d.name, nextval('order_numbers') AS number"
    " FROM (SELECT DISTINCT scope, name FROM wanted ORDER BY scope, name) AS d),"
    " locked AS (INSERT INTO orders AS o (scope, name, number, line)"
    " SELECT scope, name, number, number FROM named ON CONFLICT (scope, name)"
    " DO UPDATE SET last_used = current_date RETURNING o.scope, o.name, o.line),"
    " raised AS (INSERT INTO confirmed_totals AS c (line, method, code, total, redemption)"
    " SELECT DISTINCT ON (k.line, w.method, w.code) k.line, w.method, w.code, w.total, w.id"
    " FROM wanted AS w JOIN locked AS k ON k.scope = w.scope AND k.name = w.name"
    " ORDER BY k.line, w.method, w.code, w.total DESC"
    " ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total,"
    " redemption = excluded.redemption WHERE excluded.total > c.total)"
    " SELECT id FROM gone";

const std::string settle_open_sql =
    "WITH " + ends +
    " UPDATE open_redemptions AS o SET attempt_started_at = NULL,"
    " attempts = coalesce(o.attempts, '[]') || s.ended, updated_at = s.at, error = s.error,"
    " unknown = s.state = 'unknown', owner = CASE WHEN s.state = 'unknown' THEN NULL ELSE $10 END,"
    " result = coalesce(s.result, o.result),"
    " result_sealed = CASE WHEN s.result IS NULL THEN o.result_sealed ELSE s.result_sealed END"
    " FROM ends AS s WHERE o.id = ANY ($1) AND o.id = s.id AND o.owner = $10 AND NOT o.unknown"
    " AND o.attempt = s.number AND o.attempt_started_at IS NOT NULL"
    " AND NOT (o.totals AND s.in_doubt) RETURNING o.id";

const std::vector<type> wish_types{uuid_array,        timestamptz_array, int8_array,
                                   boolean_array,     boolean_array,     text_array,
                                   text_array,        text_array,        text_array,
                                   text_array,        text_array,        text_array,
                                   text_array,        bytea_array,       bytea_array,
                                   text_array,        jsonb_array,       timestamptz_array,
                                   timestamptz_array, int4_array,        timestamptz_array};
const std::vector<type> end_types{
    uuid_array,
    text_array,
    timestamptz_array,
    int4_array,
    jsonb_array,
    boolean_array,
    bytea_array,
    boolean_array,
    jsonb_array
};

std::vector<type> followed_by(std::vector<type> first, std::initializer_list<type> more) {
    first.insert(first.end(), more);
    return first;
}

}  // namespace

std::vector<statement> batch_statements() {
    return {
        {"batch_accept", accept_sql.c_str(), followed_by(wish_types, {int8})},
        {"batch_lock", lock_sql, {int8_array, text_array, text_array}},
        {"batch_accept_in_line",
         accept_in_line_sql.c_str(),
         followed_by(
             wish_types,
             {int8,
              int8_array,
              text_array,
              text_array,
              int8_array,
              text_array,
              bytea_array,
              int8_array}
         )},
        {"batch_start", start_sql, {uuid_array, int4_array, timestamptz_array, int8}},
        {"batch_finals", finals_sql.c_str(), followed_by(end_types, {int8})},
        {"batch_confirming",
         confirming_sql.c_str(),
         followed_by(end_types, {int8, uuid_array, text_array, bytea_array, int8_array})},
        {"batch_settle_open", settle_open_sql.c_str(), followed_by(end_types, {int8})},
    };
}

}  // namespace gateway::journal::postgres
