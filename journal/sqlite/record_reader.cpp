#include "journal/sqlite/record_reader.hpp"

#include <algorithm>

#include "journal/sqlite/list_query.hpp"
#include "journal/sqlite/record_rows.hpp"
#include "journal/sqlite/seal_rows.hpp"
#include "journal/sqlite/unconfigured_names.hpp"

namespace gateway::journal {
namespace {

using redemption::record;

std::string select_redemptions(const char* where) {
    return "SELECT " + std::string(redemption_columns) + " FROM redemptions WHERE " + where;
}

}  // namespace

record_reader::record_reader(database& db, const file_keys& keys)
    : db_(db),
      keys_(keys),
      by_id_(db, select_redemptions("id = ?")),
      by_key_(db, select_redemptions("idempotency_key = ? AND caller = ?")),
      pending_(
          db,
          select_redemptions(
              "state = 'pending' AND queued > ? AND queued <= ? ORDER BY queued LIMIT ?"
          )
      ),
      queued_of_(db, "SELECT queued FROM redemptions WHERE id = ?"),
      bans_(db, "SELECT identity, method, told_at, length, doubted FROM bans"),
      // A partial index is used only where its condition is repeated.
      unknown_count_(
          db, "SELECT count(*) FROM redemptions WHERE state = 'unknown' AND state <> 'succeeded'"
      ),
      newest_(
          db,
          "SELECT max(at) FROM ("
          "SELECT max(updated_at) AS at FROM redemptions"
          " WHERE state IN ('succeeded', 'rejected', 'failed') UNION ALL "
          "SELECT created_at FROM (SELECT created_at FROM redemptions ORDER BY seq DESC LIMIT 1))"
      ),
      attempts_(
          db,
          "SELECT number, started_at, finished_at, phase, verdict, code, sub_code, message,"
          " platform_request_id, detail FROM attempts WHERE redemption = ? ORDER BY number"
      ),
      orders_(db, "SELECT order_key FROM order_keys WHERE redemption = ? ORDER BY position"),
      aliases_(db),
      totals_(
          db,
          "SELECT subject, total, order_key, code FROM wanted_totals WHERE redemption = ?"
          " ORDER BY position"
      ),
      history_(
          db,
          "SELECT at, who, action, note, from_state, to_state FROM history"
          " WHERE redemption = ? ORDER BY at"
      ),
      holder_(
          db,
          "SELECT id FROM redemptions WHERE natural_key = ? AND identity = ? AND method = ?"
          " AND state IN ('pending', 'succeeded', 'unknown')"
      ) {}

db_result<std::optional<record>> record_reader::find(const redemption::redemption_id& id) {
    const sql_value values[] = {to_sql(id)};
    return one(by_id_, values);
}

db_result<std::optional<record>> record_reader::find_by_key(
    const redemption::caller_name& caller, const redemption::idempotency_key& key
) {
    const sql_value values[] = {to_sql(key), to_sql(caller)};
    return one(by_key_, values);
}

db_result<listing> record_reader::list(const redemption::list_filter& filter) {
    const list_query query = make_list_query(filter);
    statement once(db_, query.sql);
    listing found;
    auto done = once.each(query.values, [&](const row& at) -> db_result<void> {
        auto read = read_redemption(at);
        if (!read) {
            return read.error();
        }
        found.records.push_back(std::move(*read));
        record& r = found.records.back();
        if (auto added = add_children(at.integer(0), r); !added) {
            return added;
        }
        auto opened = add_sealed(at, r);
        if (opened || is_storage_fault(opened.error())) {
            return opened;
        }
        ++found.unreadable;
        found.why = opened.error().shown();
        if (!r.error) {
            r.error = redemption::error_info{
                .source = redemption::error_source::gateway,
                .detail = found.why,
                .said = {},
            };
        }
        return {};
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<pending_page> record_reader::load_pending(
    const queue_range& within, std::size_t at_most
) {
    queue_range rest = within;
    const sql_value values[] = {
        to_sql(rest.after), to_sql(rest.until), to_sql(static_cast<std::int64_t>(at_most))
    };
    auto found = many(pending_, values);
    if (!found) {
        return found.error();
    }
    if (!found->empty()) {
        auto position = queued_of_.first(
            [&](const row& at) -> db_result<void> {
                rest.after = at.integer(0);
                return {};
            },
            found->back().id
        );
        if (!position) {
            return position.error();
        }
    }
    return pending_page{.records = std::move(*found), .rest = rest};
}

db_result<clear_rows> record_reader::count_in_clear(std::int64_t after) {
    return keys_.texts ? count_rows_in_clear(db_, after) : clear_rows();
}

db_result<std::vector<redemption::recorded_ban>> record_reader::load_bans() {
    std::vector<redemption::recorded_ban> bans;
    auto done = bans_.each({}, [&](const row& at) -> db_result<void> {
        auto& ban = bans.emplace_back();
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
    return bans;
}

db_result<std::uint64_t> record_reader::count_unknown() {
    std::uint64_t count = 0;
    auto counted = unknown_count_.first([&](const row& at) -> db_result<void> {
        count = static_cast<std::uint64_t>(at.integer(0));
        return {};
    });
    if (!counted) {
        return counted.error();
    }
    return count;
}

db_result<std::optional<redemption::time_point>> record_reader::newest_change() {
    std::optional<redemption::time_point> newest;
    auto read = newest_.first([&](const row& at) -> db_result<void> {
        if (!at.is_null(0)) {
            newest = redemption::time_point(std::chrono::milliseconds(at.integer(0)));
        }
        return {};
    });
    if (!read) {
        return read.error();
    }
    return newest;
}

db_result<std::vector<redemption::unconfigured_name>> record_reader::find_unconfigured(
    const redemption::configured_names& configured
) {
    return find_unconfigured_names(db_, configured);
}

db_result<std::vector<redemption::account_identity>> record_reader::account_names() {
    return find_account_names(db_);
}

db_result<std::optional<redemption::redemption_id>> record_reader::holder_of(
    const redemption::platform_identity& identity,
    const redemption::method_name& method,
    const redemption::natural_key& natural
) {
    std::optional<redemption::redemption_id> holder;
    auto found = holder_.first(
        [&](const row& at) -> db_result<void> {
            holder.emplace(std::string(at.text(0)));
            return {};
        },
        natural,
        identity,
        method
    );
    if (!found) {
        return found.error();
    }
    return holder;
}

db_result<std::optional<record>> record_reader::one(
    statement& query, std::span<const sql_value> values
) {
    auto found = many(query, values);
    if (!found) {
        return found.error();
    }
    std::optional<record> first;
    if (!found->empty()) {
        first = std::move(found->front());
    }
    return first;
}

db_result<std::vector<record>> record_reader::many(
    statement& query, std::span<const sql_value> values
) {
    std::vector<record> found;
    auto done = query.each(values, [&](const row& at) -> db_result<void> {
        auto read = read_redemption(at);
        if (!read) {
            return read.error();
        }
        found.push_back(std::move(*read));
        if (auto opened = add_sealed(at, found.back()); !opened) {
            return opened;
        }
        return add_children(at.integer(0), found.back());
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<void> record_reader::add_children(std::int64_t seq, record& to) {
    const sql_value values[] = {to_sql(seq)};
    auto done = attempts_.each(values, [&](const row& at) -> db_result<void> {
        to.attempts.push_back(read_attempt(at));
        return {};
    });
    if (!done) {
        return done;
    }
    if (auto added = add_orders(seq, to); !added) {
        return added;
    }
    return history_.each(values, [&](const row& at) -> db_result<void> {
        to.history.push_back(read_history(at));
        return {};
    });
}

db_result<void> record_reader::add_orders(std::int64_t seq, record& to) {
    const sql_value values[] = {to_sql(seq)};
    auto done = orders_.each(values, [&](const row& at) -> db_result<void> {
        to.orders.emplace_back(std::string(at.text(0)));
        return {};
    });
    if (!done) {
        return done;
    }
    auto canonical = aliases_.canonical_keys_of(redemption::scope_of(to), to.orders);
    if (!canonical) {
        return canonical.error();
    }
    for (auto& key : *canonical) {
        if (std::find(to.orders.begin(), to.orders.end(), key) == to.orders.end()) {
            to.orders.push_back(std::move(key));
        }
    }
    return {};
}

db_result<void> record_reader::add_sealed(const row& at, record& to) {
    if (auto read = read_sealed(at, keys_, to); !read) {
        return read;
    }
    const sql_value values[] = {to_sql(at.integer(0))};
    return totals_.each(values, [&](const row& total) -> db_result<void> {
        auto subject = keys_.digests.uncover(total.text(0));
        auto code = total.is_null(3) ? secret_result<std::string>(std::string())
                                     : keys_.digests.uncover(total.text(3));
        if (!subject || !code) {
            return db_error(
                0,
                "a total of redemption " + to.id.str() +
                    " can't be read: " + (subject ? code : subject).error().reason
            );
        }
        to.totals.push_back(
            {.subject = std::move(*subject),
             .total = total.integer(1),
             .order = redemption::order_key(std::string(total.text(2))),
             .code = std::move(*code)}
        );
        return {};
    });
}

}  // namespace gateway::journal
