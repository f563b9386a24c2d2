#include "journal/sqlite/birth.hpp"

#include "journal/sqlite/statement.hpp"

namespace gateway::journal {

db_result<std::optional<redemption::time_point>> birth_of(
    database& db, redemption::time_point now
) {
    statement begin(
        db,
        "UPDATE birth SET created_at = ?"
        " WHERE created_at IS NULL AND NOT EXISTS (SELECT 1 FROM redemptions)"
    );
    if (auto done = begin.run(now); !done) {
        return done.error();
    }
    std::optional<redemption::time_point> born;
    statement query(db, "SELECT created_at FROM birth WHERE created_at IS NOT NULL");
    const auto read = query.first([&](const row& at) -> db_result<void> {
        born = redemption::time_point(std::chrono::milliseconds(at.integer(0)));
        return {};
    });
    if (!read) {
        return read.error();
    }
    return born;
}

}  // namespace gateway::journal
