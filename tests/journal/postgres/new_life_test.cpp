// What a process looks at before it begins a new life (docs/journal-postgres.md, Schema).
#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "journal/postgres/postgres_journal.hpp"
#include "journal/postgres/schema.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {
namespace {

class NewLife : public ::testing::Test {
protected:
    std::unique_ptr<managed_journal> open() {
        postgres::postgres_settings how;
        how.writer.connect.conninfo_file = database.conninfo_file();
        how.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        return postgres::open_postgres_journal(loop.time(), how, probe);
    }
    std::string count(const std::string& table) const {
        return database.query("SELECT count(*) FROM " + table);
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
};

// A migration after which older programs must not write ends their lives.
TEST_F(NewLife, BeginsNoNewLifeOnTablesThatAreTooNewOrBeingFilled) {
    const std::pair<const char*, const char*> rows[] = {
        {"UPDATE schema_version SET version = 99, works_from = 99", "newer version of the gateway"},
        {"INSERT INTO journal_move (source, run) VALUES ('x', 1)", "a move of another journal"},
    };
    const auto newest = std::to_string(postgres::migrations().size());
    for (const auto& [change, why] : rows) {
        SCOPED_TRACE(why);
        auto journal = open();
        database.query(std::string(change) + "; UPDATE replicas SET ended_at = now()");
        for (int n = 1; n <= 2; ++n) {
            const auto refused = loop.await(journal->accept(wish(n), std::nullopt));
            EXPECT_THAT(reason_of(refused), ::testing::HasSubstr(why));
        }
        EXPECT_EQ(count("redemptions"), "0");
        EXPECT_EQ(count("replicas WHERE ended_at IS NULL"), "0");
        database.query(
            "UPDATE schema_version SET version = " + newest +
            ", works_from = 1; DELETE FROM journal_move"
        );
        EXPECT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
        journal.reset();
        database.query("TRUNCATE redemptions, open_redemptions");
    }
}

}  // namespace
}  // namespace gateway::journal::testing
