#include "journal/sqlite/seal_rows.hpp"

#include <optional>
#include <string>
#include <vector>

#include "journal/sqlite/record_rows.hpp"
#include "journal/sqlite/statement.hpp"

namespace gateway::journal {
namespace {

constexpr std::int64_t rows_per_step = 200;
constexpr std::int64_t rows_per_count = 1000;

struct clear_row {
    std::int64_t seq = 0;
    redemption::redemption_id id;
    std::optional<std::string> params;  // absent: sealed before, or NULL
    std::optional<std::string> result;
};

db_result<std::vector<clear_row>> next_rows(statement& query, std::int64_t after) {
    std::vector<clear_row> found;
    const sql_value values[] = {after, rows_per_step};
    auto read = query.each(values, [&](const row& at) -> db_result<void> {
        clear_row one;
        one.seq = at.integer(0);
        one.id = redemption::redemption_id(std::string(at.text(1)));
        if (at.integer(2) != 0) {
            one.params = at.text(3);
        }
        if (at.integer(4) != 0) {
            one.result = at.text(5);
        }
        found.push_back(std::move(one));
        return {};
    });
    if (!read) {
        return read.error();
    }
    return found;
}

db_result<void> seal_column(
    statement& update,
    const clear_row& at,
    const std::optional<std::string>& clear,
    std::string_view column,
    const file_keys& keys
) {
    if (!clear) {
        return {};
    }
    std::string sealed;
    auto stored = stored_text(*clear, at.id, column, keys, sealed);
    if (!stored) {
        return stored.error();
    }
    return update.run(*stored, at.seq);
}

}  // namespace

db_result<clear_rows> count_rows_in_clear(database& db, std::int64_t after) {
    statement query(
        db,
        "SELECT count(*), total(clear), max(seq) FROM ("
        "SELECT seq, typeof(params) = 'text' OR typeof(result) = 'text' AS clear"
        " FROM redemptions WHERE seq > ? ORDER BY seq LIMIT ?)"
    );
    clear_rows step;
    const auto read = query.first(
        [&](const row& at) -> db_result<void> {
            step.count = static_cast<std::uint64_t>(at.integer(1));
            if (at.integer(0) == rows_per_count) {
                step.next = at.integer(2);
            }
            return {};
        },
        after,
        rows_per_count
    );
    if (!read) {
        return read.error();
    }
    return step;
}

db_result<std::uint64_t> seal_rows_in_clear(
    database& db, const file_keys& keys, const std::function<void(std::uint64_t)>& on_step
) {
    statement query(
        db,
        "SELECT seq, id, typeof(params) = 'text', params, typeof(result) = 'text', result"
        " FROM redemptions WHERE seq > ?"
        " AND (typeof(params) = 'text' OR typeof(result) = 'text') ORDER BY seq LIMIT ?"
    );
    statement params(db, "UPDATE redemptions SET params = ? WHERE seq = ?");
    statement result(db, "UPDATE redemptions SET result = ? WHERE seq = ?");
    std::uint64_t sealed = 0;
    std::int64_t after = 0;
    for (;;) {
        auto rows = next_rows(query, after);
        if (!rows) {
            return rows.error();
        }
        if (rows->empty()) {
            return sealed;
        }
        if (auto begun = db.execute("BEGIN IMMEDIATE"); !begun) {
            return begun.error();
        }
        for (const auto& one : *rows) {
            auto done = seal_column(params, one, one.params, "params", keys);
            if (done) {
                done = seal_column(result, one, one.result, "result", keys);
            }
            if (!done) {
                db.roll_back();
                return done.error();
            }
        }
        if (auto committed = db.execute("COMMIT"); !committed) {
            db.roll_back();
            return committed.error();
        }
        sealed += rows->size();
        after = rows->back().seq;
        on_step(sealed);
    }
}

}  // namespace gateway::journal
