// The rate of an account is shared among the processes on one database.
#include <gtest/gtest.h>

#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {
namespace {

class PostgresShares : public ::testing::Test {
protected:
    std::unique_ptr<managed_journal> open() {
        postgres::postgres_settings made;
        made.writer.connect.conninfo_file = database.conninfo_file();
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        return postgres::open_postgres_journal(loop.time(), made, probe);
    }
    // The share that a process draws of 60 calls a second.
    double share(managed_journal& of, double wanted) {
        auto kept = loop.await(of.fellows().keep({{redemption::account_name("shop"), 60, wanted}}));
        EXPECT_TRUE(kept.has_value());
        return kept && kept->shares.size() == 1 ? kept->shares.front().rate : -1;
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
    std::unique_ptr<managed_journal> one = open();
    std::unique_ptr<managed_journal> other = open();
};

TEST_F(PostgresShares, NobodyWantsThemSoThatTheyAreEqual) {
    EXPECT_EQ(share(*one, 0), 30);
    EXPECT_EQ(share(*other, 0), 30);
    EXPECT_EQ(share(*one, 1), 30) << "what the other one holds is not taken from it";
    EXPECT_EQ(share(*other, 1), 30);
}

TEST_F(PostgresShares, TheBusyOneGetsWhatTheOtherLeaves) {
    share(*one, 0);
    share(*other, 0);
    EXPECT_EQ(share(*one, 100), 30) << "until the other one has left some";
    EXPECT_EQ(share(*other, 0), 7.5);
    EXPECT_EQ(share(*one, 100), 52.5);
    EXPECT_EQ(share(*other, 100), 7.5) << "and the same the other way round";
    EXPECT_EQ(share(*one, 100), 30);
    EXPECT_EQ(share(*other, 100), 30);
}

}  // namespace
}  // namespace gateway::journal::testing
