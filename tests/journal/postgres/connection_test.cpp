#include "journal/postgres/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/journal/postgres/postgres_fixture.hpp"

namespace gateway::journal::postgres {
namespace {

const statement insert{
    "insert", "INSERT INTO t (n, body) VALUES ($1, $2)", {type::int8, type::text}
};
const statement table[] = {
    {"insert", "INSERT INTO t (n, body) VALUES ($1, $2)", {type::int8, type::text}},
    {"count", "SELECT count(*) FROM t", {}},
    {"all", "SELECT * FROM t ORDER BY n", {}},
};

call insert_of(const statement& by, std::int64_t n, std::string_view body = "x") {
    call made{.what = &by};
    made.with.add(type::int8, n);
    made.with.add(type::text, body);
    return made;
}

class Connection : public postgres_test {
protected:
    Connection() { database.query("CREATE TABLE t (n bigint PRIMARY KEY, body text NOT NULL)"); }

    std::string count() const { return database.query("SELECT count(*) FROM t"); }
    static std::string setting(connection& on, const std::string& name) {
        const auto value = on.run_script("SHOW " + name, std::chrono::seconds(5));
        return value ? value->value_or("null") : to_text(value.error());
    }
};

TEST_F(Connection, RunsABatchAsOneTransaction) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    const call batch[] = {
        insert_of(table[0], 1), insert_of(table[0], 2), {.what = &table[1]}, insert_of(insert, 3)
    };
    const auto done = session.run(batch);
    ASSERT_TRUE(done) << to_text(done.error());
    ASSERT_EQ(done->size(), 4U);
    EXPECT_EQ((*done)[0].affected(), 1U);
    row_reader at((*done)[2], 0);
    EXPECT_EQ(at.next<std::int64_t>(), 2);
    EXPECT_EQ(count(), "3");
    EXPECT_EQ(database.query("SELECT count(DISTINCT xmin::text) FROM t"), "1");
    EXPECT_TRUE(session.is_usable());
}

TEST_F(Connection, WritesNothingOfABatchThatFails) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    const call batch[] = {insert_of(table[0], 1), insert_of(table[0], 1), insert_of(table[0], 2)};
    const auto done = session.run(batch);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, error_kind::data);
    EXPECT_EQ(done.error().sqlstate, "23505");
    EXPECT_EQ(done.error().statement, 1);
    EXPECT_EQ(done.error().reason, "23505 at t_pkey");
    EXPECT_EQ(count(), "0");
    EXPECT_TRUE(session.run(insert_of(table[0], 1)));
    EXPECT_EQ(count(), "1");
}

TEST_F(Connection, CarriesBatchesLargerThanAnyBuffer) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    const std::string body(1'000'000, 'b');
    std::vector<call> batch;
    for (std::int64_t n = 0; n < 20; ++n) {
        batch.push_back(insert_of(table[0], n, body));
        batch.push_back({.what = &table[2]});  // answers much while much is asked
    }
    const auto done = session.run(batch);
    ASSERT_TRUE(done) << to_text(done.error());
    EXPECT_EQ(done->back().size(), 20U);
    EXPECT_EQ(count(), "20");
}

TEST_F(Connection, RunsAnEmptyBatch) {
    auto session = connected();
    const auto done = session.run(std::span<const call>());
    ASSERT_TRUE(done) << to_text(done.error());
    EXPECT_TRUE(done->empty());
}

TEST_F(Connection, RefusesParametersOfAnotherStatement) {
    auto session = connected();
    call wrong{.what = &insert};
    wrong.with.add(type::int8, std::int64_t(1));
    EXPECT_THROW(session.run(wrong), std::logic_error);
    wrong.with.add(type::bytea, "x");
    EXPECT_THROW(session.run(wrong), std::logic_error);
    EXPECT_TRUE(session.run(insert_of(insert, 1)));
}

TEST_F(Connection, PreparesByNameOnlyWhatIsInItsTable) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    const auto names = "SELECT string_agg(name, ',' ORDER BY name) FROM pg_prepared_statements";
    const auto found = session.run_script(names, std::chrono::seconds(5));
    ASSERT_TRUE(found) << to_text(found.error());
    EXPECT_EQ(*found, "all,count,insert");

    auto how = settings();
    how.through_pooler = true;
    auto pooled = connected(how);
    ASSERT_TRUE(pooled.prepare(table));
    EXPECT_TRUE(pooled.run(insert_of(table[0], 1)));
    const auto none = pooled.run_script(names, std::chrono::seconds(5));
    ASSERT_TRUE(none) << to_text(none.error());
    EXPECT_EQ(*none, std::nullopt);
}

TEST_F(Connection, NamesTheStatementThatCannotBePrepared) {
    auto session = connected();
    const statement broken[] = {table[0], {"broken", "SELECT nothing FROM t", {}}};
    const auto done = session.prepare(broken);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, error_kind::trouble);
    EXPECT_EQ(done.error().sqlstate, "42703");
    EXPECT_THAT(
        std::string(done.error().reason.view()), testing::StartsWith("statement broken: 42703 ")
    );
}

TEST_F(Connection, PlansAnewWhenAMigrationChangedAResult) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    ASSERT_TRUE(session.run({.what = &table[2]}));
    database.query("ALTER TABLE t ADD COLUMN more integer");
    const auto stale = session.run({.what = &table[2]});
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().kind, error_kind::data);
    EXPECT_EQ(stale.error().sqlstate, "0A000");
    const auto done = session.run({.what = &table[2]});
    ASSERT_TRUE(done) << to_text(done.error());
    EXPECT_EQ(done->columns(), 3U);
}

TEST_F(Connection, PlansAnewWhenAResultChangedInATransaction) {
    const statement begin{"begin_here", "BEGIN", {}};
    const statement roll_back{"roll_back_here", "ROLLBACK", {}};
    const auto prepared_at = [](connection& on) {
        const auto told = on.run_script(
            "SELECT min(prepare_time) FROM pg_prepared_statements", std::chrono::seconds(5)
        );
        return told ? told->value_or("") : to_text(told.error());
    };
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    const auto before = prepared_at(session);
    ASSERT_TRUE(session.run({.what = &table[2]}));
    ASSERT_TRUE(session.run({.what = &begin}));
    database.query("ALTER TABLE t ADD COLUMN more integer");
    const auto stale = session.run({.what = &table[2]});
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().sqlstate, "0A000");
    static_cast<void>(session.run({.what = &roll_back}));
    const auto done = session.run({.what = &table[2]});
    ASSERT_TRUE(done) << to_text(done.error());
    EXPECT_EQ(done->columns(), 3U);
    EXPECT_NE(prepared_at(session), before);
}

TEST_F(Connection, HasTheSettingsThatTheJournalNeeds) {
    auto session = connected(settings("options='-c work_mem=5MB'"));
    EXPECT_EQ(setting(session, "statement_timeout"), "5s");
    EXPECT_EQ(setting(session, "lock_timeout"), "2s");
    EXPECT_EQ(setting(session, "idle_in_transaction_session_timeout"), "10s");
    EXPECT_EQ(setting(session, "jit"), "off");
    EXPECT_EQ(setting(session, "enable_seqscan"), "off");
    EXPECT_EQ(setting(session, "timezone"), "UTC");
    EXPECT_EQ(setting(session, "client_encoding"), "UTF8");
    EXPECT_EQ(setting(session, "application_name"), "redemption-gateway");
    EXPECT_EQ(setting(session, "work_mem"), "5MB");
    EXPECT_EQ(setting(session, "data_directory").empty(), false)
        << "scripts and batches take turns";
    EXPECT_TRUE(session.run(insert_of(insert, 1)));
    EXPECT_GT(session.backend_pid(), 0);

    auto how = settings();
    how.used_by = role::reader;
    auto reader = connected(how);
    EXPECT_EQ(setting(reader, "plan_cache_mode"), "force_custom_plan");
    EXPECT_EQ(setting(reader, "enable_bitmapscan"), "off");
}

TEST_F(Connection, PlansAWritersStatementOnce) {
    auto session = connected();
    ASSERT_TRUE(session.prepare(table));
    database.query("INSERT INTO t SELECT n, 'x' FROM generate_series(100, 20000) AS n; ANALYZE t");
    for (int n = 1; n <= 10; ++n) {
        ASSERT_TRUE(session.run(insert_of(table[0], n)));
    }
    const auto planned = session.run_script(
        "SELECT sum(custom_plans) FROM pg_prepared_statements", std::chrono::seconds(5)
    );
    ASSERT_TRUE(planned) << to_text(planned.error());
    EXPECT_EQ(planned->value_or("null"), "0");
}

TEST_F(Connection, ReadsThePasswordAnewAtEachConnect) {
    const auto how = settings();
    std::ofstream(how.conninfo_file) << "host=/nowhere";
    const auto refused = connection::open(how, runtime);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::lost);
    std::ofstream(how.conninfo_file) << database.conninfo();
    EXPECT_TRUE(connection::open(how, runtime));
}

TEST_F(Connection, GoesOnToTheNextHost) {
    auto how = settings();
    std::ofstream(how.conninfo_file)
        << "host=/nowhere,127.0.0.1," << database.server().host() << " port=1,1,5432 "
        << "user=postgres dbname=" << database.name();
    EXPECT_TRUE(connection::open(how, runtime));
}

TEST_F(Connection, AdvisesAgainstAFileThatAllCanRead) {
    const auto how = settings();
    EXPECT_EQ(connected(how).warning(), std::nullopt);
    std::filesystem::permissions(
        how.conninfo_file, std::filesystem::perms::others_read, std::filesystem::perm_options::add
    );
    EXPECT_NE(connected(how).warning(), std::nullopt);
}

TEST_F(Connection, ScriptsEndTheirTransactionOnAnError) {
    auto session = connected();
    const auto failed = session.run_script(
        "BEGIN; INSERT INTO t VALUES (1, 'x'); SELECT 1 / 0; COMMIT", std::chrono::seconds(5)
    );
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "22012");
    EXPECT_EQ(count(), "0");
    ASSERT_TRUE(session.run(insert_of(insert, 2)));
    EXPECT_EQ(count(), "1");
    const auto last =
        session.run_script("SELECT 1; SELECT n, body FROM t", std::chrono::seconds(5));
    ASSERT_TRUE(last);
    EXPECT_EQ(*last, "2");
}

}  // namespace
}  // namespace gateway::journal::postgres
