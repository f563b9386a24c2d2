#include "journal/move/compared.hpp"

#include <string>

#include "journal/move/page_columns.hpp"

namespace gateway::journal::moving {
namespace {

using enum postgres::type;

// "$1, $2, ..., $n"
std::string first_parameters(std::size_t n) {
    std::string all;
    for (std::size_t i = 1; i <= n; ++i) {
        all += (i == 1 ? "$" : ", $") + std::to_string(i);
    }
    return all;
}

const std::string redemption_sql =
    "SELECT w.id::text FROM unnest(" + first_parameters(page_columns::types().size()) + ") AS " +
    page_names +
    " LEFT JOIN redemptions AS r ON r.id = w.id LEFT JOIN open_redemptions AS o ON o.id = w.id"
    " LEFT JOIN outcomes AS e ON e.id = w.id"
    " WHERE r.id IS NULL OR (r.created_at, r.lifetime_ms, r.replay_safe, r.params_sealed, r.void,"
    " r.caller, r.idempotency_key, r.key_scope, r.method, r.account, r.scope, r.natural_key, r.body,"
    " r.params, r.orders, r.totals) IS DISTINCT FROM (w.created_at, w.lifetime_ms, w.replay_safe,"
    " w.params_sealed, w.void, w.caller, w.idempotency_key, w.key_scope, w.method, w.account,"
    " w.scope, w.natural_key, w.body, w.params, w.orders::text[], w.totals)"
    " OR w.is_open <> (o.id IS NOT NULL) OR w.is_open = (e.id IS NOT NULL)"
    " OR w.is_open AND (o.queued, o.owner, o.line, o.updated_at, o.expires_at, o.attempt,"
    " o.attempt_started_at, o.unknown, o.totals, o.in_doubt, o.attempts, o.result, o.result_sealed,"
    " o.error, o.history) IS DISTINCT FROM (w.queued, NULL::bigint, (SELECT n.line FROM orders AS n"
    " WHERE n.scope = w.scope AND n.name = w.first_order), w.updated_at, w.expires_at, w.attempt,"
    " w.attempt_started_at, w.state = 'unknown', w.totals IS NOT NULL, w.in_doubt, w.attempts,"
    " w.result, w.result_sealed, w.error, w.history)"
    " OR NOT w.is_open AND (e.updated_at, e.expires_at, e.state, e.attempts, e.result,"
    " e.result_sealed, e.error, e.history) IS DISTINCT FROM (w.updated_at, w.expires_at, w.state,"
    " w.attempts, w.result, w.result_sealed, w.error, w.history) LIMIT 1";

// A line's total is the highest of its names.
std::string lower_total_sql(const char* table, const char* also) {
    return "SELECT w.scope || ' ' || w.method FROM unnest($1, $2, $3, $4, $5, $6)"
           " AS w(scope, name, method, code, redemption, total) WHERE NOT EXISTS (SELECT 1"
           " FROM orders AS n JOIN " +
           std::string(table) +
           " AS t ON t.line = n.line AND t.method = w.method AND t.code = w.code" + also +
           " WHERE n.scope = w.scope AND n.name = w.name AND t.total >= w.total) LIMIT 1";
}
const std::string confirmed_sql = lower_total_sql("confirmed_totals", "");
const std::string doubtful_sql =
    lower_total_sql("doubtful_totals", " AND t.redemption = w.redemption");

}  // namespace

const postgres::statement differing_redemption{
    "move_differing_redemption", redemption_sql.c_str(), page_columns::types()
};
const postgres::statement differing_name{
    "move_differing_name",
    "SELECT w.scope || ' ' || w.name FROM unnest($1, $2, $3, $4) AS w(scope, name, number, line)"
    " LEFT JOIN orders AS o ON o.scope = w.scope AND o.name = w.name"
    " WHERE (o.number, o.line) IS DISTINCT FROM (w.number, w.line) LIMIT 1",
    {text_array, text_array, int8_array, int8_array}
};
const postgres::statement lower_confirmed{
    "move_lower_confirmed", confirmed_sql.c_str(), total_page::types()
};
const postgres::statement lower_doubtful{
    "move_lower_doubtful", doubtful_sql.c_str(), total_page::types()
};
const postgres::statement differing_ban{
    "move_differing_ban",
    "SELECT w.scope || ' ' || w.method FROM unnest($1, $2, $3, $4, $5)"
    " AS w(scope, method, since, length_ms, doubted) LEFT JOIN bans AS b ON b.scope = w.scope"
    " AND b.method = w.method WHERE (b.since, b.length_ms, b.doubted)"
    " IS DISTINCT FROM (w.since, w.length_ms, w.doubted) LIMIT 1",
    {text_array, text_array, timestamptz_array, int8_array, boolean_array}
};
const postgres::statement counted{
    "move_counted",
    "SELECT (SELECT count(*) FROM open_redemptions WHERE NOT unknown),"
    " (SELECT count(*) FROM open_redemptions WHERE unknown),"
    " (SELECT count(*) FROM redemptions) - (SELECT count(*) FROM open_redemptions)"
    " - (SELECT count(*) FROM redemptions WHERE void),"
    " (SELECT count(*) FROM outcomes WHERE state = 'rejected'),"
    " (SELECT count(*) FROM outcomes WHERE state = 'failed'),"
    " (SELECT count(*) FROM confirmed_totals),"
    " (SELECT coalesce(sum(total), 0)::bigint FROM confirmed_totals),"
    " (SELECT count(*) FROM doubtful_totals),"
    " (SELECT coalesce(sum(total), 0)::bigint FROM doubtful_totals),"
    " (SELECT count(*) FROM bans)",
    {}
};

}  // namespace gateway::journal::moving
