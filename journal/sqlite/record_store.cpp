#include "journal/sqlite/record_store.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/sqlite/record_rows.hpp"

namespace gateway::journal {
namespace {

using redemption::accept_outcome;
using redemption::attempt;
using redemption::record;
using redemption::state;

// Behind everything pending: the last entry of an index that holds nothing else.
constexpr const char* next_queued =
    "(SELECT coalesce(max(queued), 0) + 1 FROM redemptions WHERE state = 'pending')";

std::string insert_sql() {
    return std::string(
               "INSERT INTO redemptions (queued, id, caller, idempotency_key, body, method, "
               "account,"
               " params, natural_key, replay_safe, state, created_at, updated_at, expires_at,"
               " lifetime) VALUES ("
           ) +
           next_queued + ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq";
}

std::string total_above_sql() {
    return "SELECT confirmed FROM (SELECT position, total, " +
           highest_total("wanted.subject", "wanted.order_key", "wanted.code") +
           " AS confirmed FROM wanted_totals AS wanted WHERE redemption = ?3)"
           " WHERE confirmed > total ORDER BY position LIMIT 1";
}

// An attempt that ended keeps its end; a repeated start of one under way changes nothing.
constexpr const char* start_attempt_sql =
    "INSERT INTO attempts (redemption, number, started_at) VALUES (?, ?, ?)"
    " ON CONFLICT (redemption, number) DO UPDATE SET started_at = excluded.started_at"
    " WHERE finished_at IS NULL RETURNING number";

constexpr const char* end_attempt_sql =
    "INSERT INTO attempts (redemption, number, started_at, finished_at, phase, verdict, code,"
    " sub_code, message, platform_request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (redemption, number) DO UPDATE SET finished_at = excluded.finished_at,"
    " phase = excluded.phase, verdict = excluded.verdict, code = excluded.code,"
    " sub_code = excluded.sub_code, message = excluded.message,"
    " platform_request_id = excluded.platform_request_id WHERE finished_at IS NULL";

std::string restart_sql() {
    return std::string("UPDATE redemptions SET queued = ") + next_queued +
           ", state = 'pending', updated_at = ?, expires_at = ?, lifetime = ?, result = NULL,"
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

constexpr const char* raise_total_sql =
    "INSERT INTO confirmed_totals (account, method, subject, total, order_key, code)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, method, subject) DO UPDATE SET"
    " total = max(total, excluded.total), order_key = coalesce(excluded.order_key, order_key),"
    " code = coalesce(excluded.code, code)"
    " WHERE excluded.total > total OR (code IS NULL AND excluded.code IS NOT NULL)";

// A ban that lasts longer stays; it counts for at most its length, should the clock have been set
// back.
constexpr const char* keep_ban_sql =
    "INSERT INTO bans (account, method, told_at, length) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (account, method) DO UPDATE SET told_at = excluded.told_at,"
    " length = excluded.length"
    " WHERE min(told_at + length - excluded.told_at, length) < excluded.length";

constexpr const char* remove_sql =
    "DELETE FROM redemptions WHERE seq IN (SELECT seq FROM redemptions WHERE updated_at < ?"
    " AND state IN ('succeeded', 'rejected', 'failed') ORDER BY updated_at LIMIT ?)";

std::string_view text_of(const redemption::fingerprint& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

record_store::record_store(database& db, const file_keys& keys)
    : db_(db),
      keys_(keys),
      reader_(db, keys),
      aliases_(db),
      look_up_(db, "SELECT seq, state, account, method FROM redemptions WHERE id = ?"),
      insert_(db, insert_sql()),
      insert_order_(
          db, "INSERT INTO order_keys (redemption, position, order_key) VALUES (?, ?, ?)"
      ),
      insert_total_(
          db,
          "INSERT INTO wanted_totals (redemption, position, subject, total, order_key, code)"
          " VALUES (?, ?, ?, ?, ?, ?)"
      ),
      total_above_(db, total_above_sql()),
      start_attempt_(db, start_attempt_sql),
      end_attempt_(db, end_attempt_sql),
      restart_(db, restart_sql()),
      update_state_(db, update_state_sql()),
      add_history_(db, add_history_sql),
      raise_total_(db, raise_total_sql),
      keep_ban_(db, keep_ban_sql),
      probe_(db, "UPDATE probe SET writes = writes + 1"),
      remove_(db, remove_sql) {}

db_result<accept_outcome> record_store::accept(
    const record& wish, const std::optional<attempt>& first
) {
    auto existing = reader_.find_by_key(wish.caller, wish.key);
    if (!existing) {
        return existing.error();
    }
    if (*existing) {
        return accept_outcome(redemption::key_taken{std::move(**existing)});
    }
    auto obstacle = obstacle_to(wish);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto inserted = insert(wish);
    if (!inserted) {
        return inserted.error();
    }
    auto aliases = aliases_.merge(wish.account, wish.orders);
    if (!aliases) {
        return aliases.error();
    }
    return begin_work(*inserted, wish.orders, std::move(*aliases), first);
}

db_result<accept_outcome> record_store::restart(
    const record& wish, const std::optional<attempt>& first
) {
    auto existing = reader_.find(wish.id);
    if (!existing) {
        return existing.error();
    }
    if (!*existing) {
        return no_such(wish.id);
    }
    if ((*existing)->state != state::failed) {
        return accept_outcome(redemption::key_taken{std::move(**existing)});
    }
    auto obstacle = obstacle_to(**existing);
    if (!obstacle) {
        return obstacle.error();
    }
    if (*obstacle) {
        return std::move(**obstacle);
    }
    auto row = look_up(wish.id);
    if (!row) {
        return row.error();
    }
    if (auto done = restart_.run(wish.updated_at, wish.expires_at, wish.lifetime, (*row)->seq);
        !done) {
        return done.error();
    }
    auto aliases = aliases_.canonical_keys_of((*existing)->account, (*existing)->orders);
    if (!aliases) {
        return aliases.error();
    }
    return begin_work((*row)->seq, (*existing)->orders, std::move(*aliases), first);
}

db_result<accept_outcome> record_store::begin_work(
    std::int64_t seq,
    const std::vector<redemption::order_key>& given,
    std::vector<redemption::order_key> aliases,
    const std::optional<attempt>& first
) {
    const bool gives_all = std::all_of(aliases.begin(), aliases.end(), [&](const auto& alias) {
        return std::find(given.begin(), given.end(), alias) != given.end();
    });
    const bool starts = first && gives_all;
    if (starts) {
        if (auto started = record_start(seq, *first); !started) {
            return started.error();
        }
    }
    return accept_outcome(
        redemption::accepted{.order_aliases = std::move(aliases), .started = starts}
    );
}

db_result<void> record_store::probe() {
    return probe_.run();
}

db_result<std::size_t> record_store::remove_final_before(
    redemption::time_point limit, std::size_t at_most
) {
    if (auto removed = remove_.run(limit, static_cast<std::int64_t>(at_most)); !removed) {
        return removed.error();
    }
    return static_cast<std::size_t>(db_.changes());
}

db_error record_store::no_such(const redemption::redemption_id& id) {
    return {0, "the journal holds no redemption " + id.str()};
}

db_result<std::optional<record_store::stored>> record_store::look_up(
    const redemption::redemption_id& id
) {
    stored found;
    auto there = look_up_.first(
        [&](const row& at) -> db_result<void> {
            const auto state = redemption::state_from(at.text(1));
            if (!state) {
                return db_error(0, "the state of redemption " + id.str() + " can't be understood");
            }
            found.seq = at.integer(0);
            found.state = *state;
            found.account = redemption::account_name(std::string(at.text(2)));
            found.method = redemption::method_name(std::string(at.text(3)));
            return {};
        },
        id
    );
    if (!there) {
        return there.error();
    }
    return *there ? std::optional(std::move(found)) : std::nullopt;
}

db_result<std::optional<accept_outcome>> record_store::obstacle_to(const record& wish) {
    std::optional<accept_outcome> obstacle;
    if (wish.natural) {
        auto holder = reader_.holder_of(wish.account, wish.method, *wish.natural);
        if (!holder) {
            return holder.error();
        }
        if (*holder) {
            obstacle = redemption::natural_key_taken{std::move(**holder)};
            return obstacle;
        }
    }
    auto confirmed = reader_.confirmed_totals(wish.account, wish.method, wish.totals);
    if (!confirmed) {
        return confirmed.error();
    }
    for (std::size_t i = 0; i < wish.totals.size(); ++i) {
        if (wish.totals[i].total < (*confirmed)[i]) {
            obstacle = redemption::total_would_fall{(*confirmed)[i]};
            return obstacle;
        }
    }
    return obstacle;
}

db_result<std::int64_t> record_store::insert(const record& wish) {
    std::string sealed;
    auto params = stored_text(wish.params, wish.id, "params", keys_, sealed);
    if (!params) {
        return params.error();
    }
    std::string covered;
    auto body = stored_digest(text_of(wish.body), keys_, covered);
    if (!body) {
        return body.error();
    }
    std::int64_t seq = 0;
    auto inserted = insert_.first(
        [&](const row& at) -> db_result<void> {
            seq = at.integer(0);
            return {};
        },
        wish.id,
        wish.caller,
        wish.key,
        *body,
        wish.method,
        wish.account,
        *params,
        wish.natural,
        wish.replay_safe,
        redemption::to_string(wish.state),
        wish.created_at,
        wish.updated_at,
        wish.expires_at,
        wish.lifetime
    );
    if (!inserted) {
        return inserted.error();
    }
    if (auto added = insert_children(seq, wish); !added) {
        return added.error();
    }
    return seq;
}

db_result<void> record_store::insert_children(std::int64_t seq, const record& wish) {
    std::int64_t position = 0;
    for (const auto& order : wish.orders) {
        if (auto done = insert_order_.run(seq, position++, order); !done) {
            return done;
        }
    }
    position = 0;
    for (const auto& wanted : wish.totals) {
        stored_subject about;
        if (auto stored = store_subject(wanted, keys_, about); !stored) {
            return stored;
        }
        auto done = insert_total_.run(
            seq, position++, about.subject, wanted.total, about.order, about.code
        );
        if (!done) {
            return done;
        }
    }
    return {};
}

}  // namespace gateway::journal
