#include "journal/sqlite/running_totals.hpp"

namespace gateway::journal {
namespace {

using redemption::running_total;
using redemption::total_would_fall;
using obstacle = std::optional<total_would_fall>;

constexpr const char* raise_sql =
    "INSERT INTO confirmed_totals (identity, method, subject, total, order_key, code, redemption)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity, method, subject) DO UPDATE SET"
    " total = max(total, excluded.total), order_key = coalesce(excluded.order_key, order_key),"
    " code = coalesce(excluded.code, code),"
    " redemption = CASE WHEN excluded.total > total THEN excluded.redemption ELSE redemption END"
    " WHERE excluded.total > total OR (code IS NULL AND excluded.code IS NOT NULL)";

constexpr const char* doubt_sql =
    "INSERT INTO doubtful_totals"
    " SELECT redemption, position, identity, method, subject, total, order_key, code"
    " FROM redemptions JOIN wanted_totals ON redemption = seq WHERE seq = ?"
    " ON CONFLICT (redemption, position) DO NOTHING";

}  // namespace

// Each part is found by an index in one step, but for the totals in doubt, of which there are few.
const char* const higher_total_sql =
    "SELECT total, (SELECT id FROM redemptions WHERE id = confirmed.redemption), 0 AS doubtful"
    " FROM confirmed_totals AS confirmed"
    " WHERE identity = ?1 AND method = ?2 AND subject = ?3 AND total > ?6"
    " UNION ALL "
    "SELECT total, (SELECT id FROM redemptions WHERE id = confirmed.redemption), 0"
    " FROM order_names AS known JOIN line_totals AS confirmed ON confirmed.line = known.line"
    " WHERE known.identity = ?1 AND known.name = ?4 AND confirmed.method = ?2"
    " AND confirmed.code = ?5 AND total > ?6"
    " UNION ALL "
    "SELECT total, (SELECT id FROM redemptions WHERE seq = doubtful.redemption), 1"
    " FROM doubtful_totals AS doubtful WHERE subject = ?3 AND identity = ?1 AND method = ?2"
    " AND total > ?6 AND redemption <> ?7"
    " UNION ALL "
    "SELECT total, (SELECT id FROM redemptions WHERE seq = doubtful.redemption), 1"
    " FROM doubtful_totals AS doubtful WHERE code = ?5 AND code IS NOT NULL AND +identity = ?1"
    " AND +method = ?2 AND total > ?6 AND redemption <> ?7"
    " AND (SELECT line FROM order_names WHERE identity = ?1 AND name = doubtful.order_key)"
    " = (SELECT line FROM order_names WHERE identity = ?1 AND name = ?4)"
    " ORDER BY doubtful, total DESC LIMIT 1";

running_totals::running_totals(database& db, const file_keys& keys)
    : keys_(keys),
      wanted_(
          db,
          "SELECT subject, order_key, code, total FROM wanted_totals WHERE redemption = ?"
          " ORDER BY position"
      ),
      higher_(db, higher_total_sql),
      raise_(db, raise_sql),
      doubt_(db, doubt_sql),
      end_doubt_(db, "DELETE FROM doubtful_totals WHERE redemption = ?") {}

db_result<obstacle> running_totals::obstacle_to(
    const scope& in, const std::vector<running_total>& wanted
) {
    for (const auto& one : wanted) {
        stored_subject about;
        if (auto stored = store_subject(one, keys_, about); !stored) {
            return stored.error();
        }
        auto found = higher_than(in, about, one.total, 0);
        if (!found || *found) {
            return found;
        }
    }
    return obstacle();
}

db_result<obstacle> running_totals::obstacle_to(const scope& in, std::int64_t seq) {
    obstacle found;
    const sql_value values[] = {to_sql(seq)};
    auto done = wanted_.each(values, [&](const row& at) -> db_result<void> {
        if (found) {
            return {};
        }
        stored_subject about;
        about.subject_bytes = at.text(0);
        about.subject = blob_view{about.subject_bytes.data(), about.subject_bytes.size()};
        if (!at.is_null(2)) {
            about.order = std::string(at.text(1));
            about.code_bytes = at.text(2);
            about.code = blob_view{about.code_bytes.data(), about.code_bytes.size()};
        }
        auto higher = higher_than(in, about, at.integer(3), seq);
        if (!higher) {
            return higher.error();
        }
        found = std::move(*higher);
        return {};
    });
    if (!done) {
        return done.error();
    }
    return found;
}

db_result<obstacle> running_totals::higher_than(
    const scope& in, const stored_subject& about, std::int64_t total, std::int64_t own_seq
) {
    obstacle found;
    auto searched = higher_.first(
        [&](const row& at) -> db_result<void> {
            found.emplace();
            found->confirmed = at.integer(0);
            if (!at.is_null(1)) {
                found->by.emplace(std::string(at.text(1)));
            }
            found->in_doubt = at.integer(2) != 0;
            return {};
        },
        in.identity,
        in.method,
        about.subject,
        about.order,
        about.code,
        total,
        own_seq
    );
    if (!searched) {
        return searched.error();
    }
    return found;
}

db_result<void> running_totals::confirm(
    const scope& in,
    const redemption::redemption_id& by,
    const std::vector<running_total>& confirmed
) {
    for (const auto& total : confirmed) {
        stored_subject about;
        if (auto stored = store_subject(total, keys_, about); !stored) {
            return stored;
        }
        auto raised = raise_.run(
            in.identity, in.method, about.subject, total.total, about.order, about.code, by
        );
        if (!raised) {
            return raised;
        }
    }
    return {};
}

db_result<void> running_totals::doubt(std::int64_t seq) {
    return doubt_.run(seq);
}

db_result<void> running_totals::end_doubt(std::int64_t seq) {
    return end_doubt_.run(seq);
}

}  // namespace gateway::journal
