#include "tests/journal/postgres_backend.hpp"

#include <fstream>

#include "journal/postgres/postgres_journal.hpp"
#include "journal/postgres/schema.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {
namespace {

using support::postgres_database;

postgres::postgres_settings settings_of(const postgres_database& database) {
    postgres::postgres_settings settings;
    settings.writer.connect.conninfo_file = database.conninfo_file();
    settings.writer.process = {.name = "test", .version = "1", .key_ids = {}};
    return settings;
}

// The tables of the journal, without rows.
constexpr const char* empty_tables =
    "TRUNCATE redemptions, open_redemptions, outcomes, orders, confirmed_totals, doubtful_totals,"
    " bans, quotas, quota_shares, replicas, journal_birth, journal_losses";

}  // namespace

// One database for all tests, which run one after the other: much quicker than to make one for
// each.
std::unique_ptr<managed_journal> open_postgres_in(
    base::runtime& time, const temporary_folder& folder, redemption::journal_probe& probe
) {
    static postgres_database database;
    const auto path = folder.file("journal.db");
    if (!std::filesystem::exists(path)) {
        if (database.query("SELECT to_regclass('redemptions') IS NOT NULL") == "t") {
            database.query(empty_tables);
        }
        std::ofstream(path).put('x');
    }
    return postgres::open_postgres_journal(time, settings_of(database), probe);
}

}  // namespace gateway::journal::testing
