#include "journal/sqlite/store_statements.hpp"

#include <string>

namespace gateway::journal {
namespace {

// Behind everything pending: the last entry of an index that holds nothing else.
constexpr const char* next_queued =
    "(SELECT coalesce(max(queued), 0) + 1 FROM redemptions WHERE state = 'pending')";

std::string insert_sql() {
    return std::string(
               "INSERT INTO redemptions (queued, id, caller, idempotency_key, body, method, "
               "account, identity, params, natural_key, replay_safe, state, created_at, updated_at, "
               "expires_at, lifetime) VALUES ("
           ) +
           next_queued + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq";
}

// A finished attempt stays as it is; repeating the start of an unfinished one changes nothing.
constexpr const char* start_attempt_sql =
    "INSERT INTO attempts (redemption, number, started_at) VALUES (?, ?, ?)"
    " ON CONFLICT (redemption, number) DO UPDATE SET started_at = excluded.started_at"
    " WHERE finished_at IS NULL RETURNING number";

constexpr const char* end_attempt_sql =
    "INSERT INTO attempts (redemption, number, started_at, finished_at, phase, verdict, code,"
    " sub_code, message, platform_request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (redemption, number) DO UPDATE SET finished_at = excluded.finished_at,"
    " phase = excluded.phase, verdict = excluded.verdict, code = excluded.code,"
    " sub_code = excluded.sub_code, message = excluded.message,"
    " platform_request_id = excluded.platform_request_id, detail = excluded.detail"
    " WHERE finished_at IS NULL";

std::string restart_sql() {
    return std::string("UPDATE redemptions SET queued = ") + next_queued +
           ", state = 'pending', identity = ?, updated_at = ?, expires_at = ?, lifetime = ?, result = NULL,"
           " error_kind = NULL, error_source = NULL, error_detail = NULL, error_code = NULL,"
           " error_sub_code = NULL, error_message = NULL, error_platform_request_id = NULL"
           " WHERE seq = ?";
}

std::string update_state_sql() {
    return std::string(
               "UPDATE redemptions SET queued = CASE WHEN state <> 'pending'"
               " AND ?1 = 'pending' THEN "
           ) +
           next_queued +
           " ELSE queued END, state = ?1, updated_at = ?, expires_at = coalesce(?, expires_at),"
           " result = coalesce(?, result), error_kind = ?, error_source = ?, error_detail = ?,"
           " error_code = ?, error_sub_code = ?, error_message = ?, error_platform_request_id = ?"
           " WHERE seq = ?";
}

constexpr const char* add_history_sql =
    "INSERT INTO history (redemption, at, who, action, note, from_state, to_state)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (redemption, at, who, action) DO NOTHING";

// A ban that lasts longer stays; it counts for at most its length, should the clock have been set
// back.
constexpr const char* keep_ban_sql =
    "INSERT INTO bans (identity, method, told_at, length, doubted) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (identity, method) DO UPDATE SET told_at = excluded.told_at,"
    " length = excluded.length, doubted = excluded.doubted"
    " WHERE min(told_at + length - excluded.told_at, length) < excluded.length";

// A row is no older than one that came before it: its times may be of a clock that was behind.
constexpr const char* remove_sql =
    "DELETE FROM redemptions WHERE seq IN (SELECT seq FROM redemptions AS old"
    " WHERE updated_at < ?1 AND state IN ('succeeded', 'rejected', 'failed')"
    " AND NOT EXISTS (SELECT 1 FROM redemptions AS earlier WHERE earlier.seq < old.seq"
    " AND earlier.created_at BETWEEN ?1 AND ?3) ORDER BY updated_at LIMIT ?2)";

}  // namespace

store_statements::store_statements(database& db)
    : look_up(db, "SELECT seq, state, identity, method FROM redemptions WHERE id = ?"),
      insert(db, insert_sql()),
      insert_order(db, "INSERT INTO order_keys (redemption, position, order_key) VALUES (?, ?, ?)"),
      insert_total(
          db,
          "INSERT INTO wanted_totals (redemption, position, subject, total, order_key, code)"
          " VALUES (?, ?, ?, ?, ?, ?)"
      ),
      start_attempt(db, start_attempt_sql),
      end_attempt(db, end_attempt_sql),
      restart(db, restart_sql()),
      update_state(db, update_state_sql()),
      add_history(db, add_history_sql),
      keep_ban(db, keep_ban_sql),
      lift_bans(db, "DELETE FROM bans WHERE identity = ?1 AND (?2 = '' OR method = ?2)"),
      probe(db, "UPDATE probe SET writes = writes + 1"),
      remove(db, remove_sql) {}

}  // namespace gateway::journal
