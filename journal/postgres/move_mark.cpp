#include "journal/postgres/move_mark.hpp"

#include "journal/postgres/calling.hpp"

namespace gateway::journal::postgres {
namespace {

const statement unfinished{
    "unfinished_move", "SELECT 1 FROM journal_move WHERE finished_at IS NULL", {}
};
const statement be_born{
    "be_born",
    "INSERT INTO journal_birth (created_at) SELECT $1"
    " WHERE NOT EXISTS (SELECT 1 FROM redemptions) ON CONFLICT DO NOTHING",
    {type::timestamptz}
};
const statement birth{"birth", "SELECT created_at FROM journal_birth", {}};

}  // namespace

pg_outcome<bool> is_being_moved(connection& on) {
    const auto found = on.run(calling(unfinished));
    if (!found) {
        return found.error();
    }
    return !found->empty();
}

pg_outcome<std::optional<redemption::time_point>> birth_of(
    connection& on, redemption::time_point now
) {
    if (auto done = on.run(calling(be_born, now)); !done) {
        return done.error();
    }
    const auto found = on.run(calling(birth));
    if (!found) {
        return found.error();
    }
    if (found->empty()) {
        return std::optional<redemption::time_point>();
    }
    row_reader at(*found, 0);
    const auto born = at.next<redemption::time_point>();
    if (at.error()) {
        return *at.error();
    }
    return std::optional(born);
}

}  // namespace gateway::journal::postgres
