#include "journal/postgres/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/journal/postgres/postgres_fixture.hpp"

namespace gateway::journal::postgres {
namespace {

class Schema : public postgres_test {
protected:
    std::string version() const {
        return database.query("SELECT version || ' from ' || works_from FROM schema_version");
    }
    // The state after a session brought the tables up to date; an error as text.
    static std::string brought(connection& on, std::span<const migration> all) {
        const auto state = bring_up_to_date(on, all);
        return state ? std::to_string(state->version) + " from " + std::to_string(state->works_from)
                     : to_text(state.error());
    }
};

TEST_F(Schema, IsNumberedWithoutGaps) {
    int number = 0;
    for (const auto& one : migrations()) {
        EXPECT_EQ(one.number, ++number);
    }
    EXPECT_GT(number, 0);
}

TEST_F(Schema, ComesUpOnAnEmptyDatabaseAndThenStays) {
    auto session = connected();
    const auto before = read_schema(session);
    ASSERT_TRUE(before) << to_text(before.error());
    EXPECT_EQ(before->version, 0);
    const auto newest = std::to_string(migrations().back().number) + " from 1";
    EXPECT_EQ(brought(session, migrations()), newest);
    const auto tables =
        "SELECT string_agg(relname || ' ' || xmin, ',' ORDER BY relname)"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    const auto made = database.query(tables);
    EXPECT_EQ(brought(session, migrations()), newest);
    EXPECT_EQ(database.query(tables), made);
}

TEST_F(Schema, ComesUpOnceWhenManyStartTogether) {
    std::vector<connection> sessions;
    for (int i = 0; i < 6; ++i) {
        sessions.push_back(connected());
    }
    const migration slow[] = {
        {1, "first", "CREATE TABLE a (n integer); SELECT pg_sleep(0.05);"},
        {2, "second", "INSERT INTO a VALUES (1); SELECT pg_sleep(0.05);"},
        {3, "third", "UPDATE schema_version SET works_from = 2;"},
    };
    std::vector<std::future<std::string>> all;
    for (auto& session : sessions) {
        all.push_back(std::async(std::launch::async, [&] { return brought(session, slow); }));
    }
    for (auto& one : all) {
        EXPECT_EQ(one.get(), "3 from 2");
    }
    EXPECT_EQ(database.query("SELECT count(*) FROM a"), "1");
}

TEST_F(Schema, LeavesNothingOfAMigrationThatFails) {
    auto session = connected();
    const migration broken[] = {
        {1, "good", "CREATE TABLE a (n integer);"},
        {2, "broken", "CREATE TABLE b (n integer); SELECT nothing;"},
    };
    EXPECT_THAT(brought(session, broken), testing::StartsWith("trouble 42703: migration broken: "));
    EXPECT_EQ(version(), "1 from 0");
    EXPECT_EQ(database.query("SELECT to_regclass('b') IS NULL"), "t");
    EXPECT_TRUE(read_schema(session)) << "the session goes on";
}

TEST_F(Schema, OfANewerGatewayIsLeftAsItIs) {
    auto session = connected();
    const migration all[] = {{1, "one", "SELECT 1;"}, {2, "two", "SELECT 1;"}};
    EXPECT_EQ(brought(session, all), "2 from 0");
    EXPECT_EQ(brought(session, std::span(all).first(1)), "2 from 0");
}

TEST_F(Schema, NeedsNoRightToCreateTablesWhenNoneIsMissing) {
    auto session = connected();
    const auto newest = std::to_string(migrations().back().number) + " from 1";
    ASSERT_EQ(brought(session, migrations()), newest);
    database.query("CREATE ROLE plain LOGIN; GRANT SELECT ON schema_version TO plain");
    auto plain = connected(settings("user=plain"));
    EXPECT_EQ(brought(plain, migrations()), newest);
    database.query("REVOKE ALL ON schema_version FROM plain; DROP ROLE plain");
}

TEST_F(Schema, SaysThatARightIsMissing) {
    database.query("CREATE ROLE stranger LOGIN");
    auto session = connected(settings("user=stranger"));
    const auto state = bring_up_to_date(session, migrations());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().sqlstate, "42501");
    EXPECT_EQ(state.error().shown(), "The database refuses the journal's user a permission.");
    database.query("DROP ROLE stranger");
}

TEST_F(Schema, GivesWayToARunningTransactionOnlyShortly) {
    auto holder = connected();
    auto session = connected();
    const migration all[] = {
        {1, "one", "CREATE TABLE a (n integer);"}, {2, "two", "ALTER TABLE a ADD COLUMN m integer;"}
    };
    ASSERT_EQ(brought(session, std::span(all).first(1)), "1 from 0");
    ASSERT_TRUE(holder.run_script("BEGIN; SELECT count(*) FROM a", std::chrono::seconds(5)));
    auto second = std::async(std::launch::async, [&] { return brought(session, all); });
    // The migration waits for the lock, and gives up for a moment after two seconds.
    EXPECT_EQ(second.wait_for(std::chrono::milliseconds(2500)), std::future_status::timeout);
    ASSERT_TRUE(holder.run_script("COMMIT", std::chrono::seconds(5)));
    EXPECT_EQ(second.get(), "2 from 0");
}

}  // namespace
}  // namespace gateway::journal::postgres
