// Errors of a real server, of its connection and of the wire between, as kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "journal/postgres/connection.hpp"
#include "tests/journal/postgres/postgres_fixture.hpp"
#include "tests/support/socket_proxy.hpp"

// While set, libpq hands over everything but the Sync at the end of a batch.
static std::atomic<bool> holds_the_sync{false};

// Takes the place of the C library's for libpq as well.
extern "C" ssize_t send(int to, const void* bytes, size_t length, int flags) {
    constexpr std::string_view sync("S\0\0\0\4", 5);
    const std::string_view all(static_cast<const char*>(bytes), length);
    if (holds_the_sync && all.ends_with(sync)) {
        length -= sync.size();
        if (length == 0) {
            errno = EAGAIN;
            return -1;
        }
    }
    return ::sendto(to, bytes, length, flags, nullptr, 0);
}

namespace gateway::journal::postgres {
namespace {

using std::chrono::milliseconds;

const statement insert{"insert", "INSERT INTO t (n) VALUES ($1)", {type::int8}};
const statement fence{"fence", "SELECT 1 / count(*) FROM t WHERE n = -1", {}};

call insert_of(std::int64_t n) {
    call made{.what = &insert};
    made.with.add(type::int8, n);
    return made;
}

call bare(const statement& what) {
    return {.what = &what};
}

class ConnectionErrors : public postgres_test {
protected:
    ConnectionErrors() { database.query("CREATE TABLE t (n bigint PRIMARY KEY)"); }

    std::string count() const { return database.query("SELECT count(*) FROM t"); }
    // What a session says to one batch that fails.
    static pg_error error_of_batch(connection& on, const std::vector<call>& batch) {
        const auto done = on.run(batch);
        return done ? pg_error{.reason = {"it did not fail"}} : done.error();
    }
    // The kind and SQLSTATE of a statement that fails.
    std::string told(const char* sql) {
        auto session = connected();
        const statement one{"one", sql, {}};
        const auto error = error_of_batch(session, {insert_of(1), bare(one)});
        const auto text = to_text(error);
        EXPECT_EQ(count(), "0") << sql;
        return text.substr(0, text.find(':'));
    }
    // Returns once `sql` gives `wanted`.
    void wait_until(const std::string& sql, const std::string& wanted) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (database.query(sql) != wanted) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << sql;
        }
    }
    void wait_for_backend(const connection& of, const std::string& condition) const {
        wait_until(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = " +
                std::to_string(of.backend_pid()) + " AND " + condition,
            "1"
        );
    }
    connection through(
        const support::socket_proxy& proxy, milliseconds deadline = milliseconds(10'000)
    ) {
        auto how = settings("host=" + proxy.host());
        how.batch_deadline = deadline;
        return connected(how);
    }
};

TEST_F(ConnectionErrors, HaveTheKindOfTheirSqlstate) {
    EXPECT_EQ(told("INSERT INTO t VALUES (1)"), "data 23505");
    EXPECT_EQ(told("INSERT INTO t VALUES (NULL)"), "data 23502");
    EXPECT_EQ(told("SELECT 'x'::integer"), "data 22P02");
    EXPECT_EQ(told("SELECT 1 / 0"), "data 22012");
    EXPECT_EQ(told("SELECT repeat('[', 100000)::jsonb"), "data 54001");
    EXPECT_EQ(told("SELECT nothing"), "trouble 42703");
    EXPECT_EQ(told("SELECT * FROM nothing"), "trouble 42P01");
    EXPECT_EQ(told("SELECT pg_sleep(60)"), "trouble 57014");
    EXPECT_EQ(
        told("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"), "retry 40001"
    );
    EXPECT_EQ(
        told("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40003'; END $$"), "in_doubt 40003"
    );
    EXPECT_EQ(
        told("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$"), "trouble 53100"
    );
}

TEST_F(ConnectionErrors, OfTheFirstStatementMayBeTheFence) {
    auto session = connected();
    const auto ended = error_of_batch(session, {bare(fence), insert_of(1)});
    EXPECT_EQ(ended.kind, error_kind::ended) << to_text(ended);
    EXPECT_EQ(ended.statement, 0);
    EXPECT_TRUE(session.is_usable());
    const auto later = error_of_batch(session, {insert_of(1), bare(fence)});
    EXPECT_EQ(later.kind, error_kind::data) << to_text(later);
    EXPECT_EQ(count(), "0");
}

TEST_F(ConnectionErrors, AtTheCommitBelongToNoStatement) {
    database.query("CREATE TABLE d (n bigint REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)");
    auto session = connected();
    const statement orphan{"orphan", "INSERT INTO d VALUES (9)", {}};
    const auto error = error_of_batch(session, {insert_of(1), bare(orphan)});
    EXPECT_EQ(error.kind, error_kind::data) << to_text(error);
    EXPECT_EQ(error.sqlstate, "23503");
    EXPECT_EQ(error.statement, -1);
    EXPECT_EQ(count(), "0");
    EXPECT_TRUE(session.run(insert_of(1)));
}

TEST_F(ConnectionErrors, RepeatNoValueOfARow) {
    auto session = connected();
    const statement one{"one", "SELECT $1::integer", {type::text}};
    call secret{.what = &one};
    secret.with.add(type::text, "CARD-4711");
    const auto error = error_of_batch(session, {secret});
    EXPECT_EQ(error.reason, "22P02");
    EXPECT_EQ(error.shown(), "The database refuses a value of the redemption.");
}

TEST_F(ConnectionErrors, AWarningPutsABatchInDoubt) {
    auto session = connected();
    const statement warning{
        "warning", "DO $$ BEGIN RAISE WARNING 'canceling wait' USING ERRCODE = '01000'; END $$", {}
    };
    const auto error = error_of_batch(session, {insert_of(1), bare(warning)});
    EXPECT_EQ(error.kind, error_kind::in_doubt) << to_text(error);
    EXPECT_EQ(error.sqlstate, "01000");
    EXPECT_EQ(count(), "1");
    EXPECT_FALSE(session.is_usable());
}

TEST_F(ConnectionErrors, ANoticeIsNoWarning) {
    auto session = connected();
    const statement notice{"notice", "DO $$ BEGIN RAISE NOTICE 'x'; END $$", {}};
    EXPECT_TRUE(session.run(bare(notice)));
}

TEST_F(ConnectionErrors, AKilledBackendLeavesABatchInDoubt) {
    auto session = connected();
    const statement slow{"slow", "SELECT pg_sleep(4)", {}};
    auto batch = std::async(std::launch::async, [&] {
        return error_of_batch(session, {insert_of(1), bare(slow)});
    });
    wait_for_backend(session, "wait_event = 'PgSleep'");
    database.query("SELECT pg_terminate_backend(" + std::to_string(session.backend_pid()) + ")");
    const auto error = batch.get();
    EXPECT_EQ(error.kind, error_kind::in_doubt) << to_text(error);
    EXPECT_EQ(error.sqlstate, "57P01");
    EXPECT_FALSE(session.is_usable());
    EXPECT_EQ(count(), "0");
}

TEST_F(ConnectionErrors, ASessionThatEndedMeanwhileLosesNoBatch) {
    auto session = connected();
    const auto pid = std::to_string(session.backend_pid());
    database.query("SELECT pg_terminate_backend(" + pid + ", 10000)");
    const auto error = error_of_batch(session, {insert_of(1)});
    EXPECT_EQ(error.kind, error_kind::lost) << to_text(error);
    EXPECT_EQ(error.shown(), "The database cannot be reached.");
    EXPECT_EQ(error_of_batch(session, {insert_of(1)}).kind, error_kind::lost);
    EXPECT_EQ(count(), "0");
}

TEST_F(ConnectionErrors, AWireThatIsCutAfterTheCommitLeavesItInDoubt) {
    support::socket_proxy proxy(database.server().host());
    auto session = through(proxy);
    proxy.hold_answers();
    auto batch =
        std::async(std::launch::async, [&] { return error_of_batch(session, {insert_of(1)}); });
    wait_until("SELECT count(*) FROM t", "1");
    proxy.cut();
    const auto error = batch.get();
    EXPECT_EQ(error.kind, error_kind::in_doubt) << to_text(error);
    EXPECT_EQ(count(), "1");
}

TEST_F(ConnectionErrors, AWireThatIsCutBeforeTheBatchArrivesLeavesItInDoubt) {
    support::socket_proxy proxy(database.server().host());
    auto session = through(proxy, milliseconds(300));
    proxy.hold_requests();
    const auto error = error_of_batch(session, {insert_of(1)});
    EXPECT_EQ(error.kind, error_kind::in_doubt) << to_text(error);
    EXPECT_EQ(error.reason, "no answer of the server by the deadline");
    proxy.cut();
    proxy.release();
    EXPECT_EQ(count(), "0");
}

TEST_F(ConnectionErrors, ABatchThatIsNotSentWholeIsNeverCommitted) {
    support::socket_proxy proxy(database.server().host());
    auto session = through(proxy, milliseconds(300));
    proxy.hold_requests();
    const statement large{"large", "SELECT length($1)", {type::text}};
    call filling{.what = &large};
    filling.with.add(type::text, std::string(4'000'000, 'x'));  // more than the kernel takes
    const auto error = error_of_batch(session, {insert_of(1), filling});
    EXPECT_EQ(error.kind, error_kind::lost) << to_text(error);
    proxy.release();
    wait_until(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()",
        "0"
    );
    EXPECT_EQ(count(), "0");
}

TEST_F(ConnectionErrors, ACommitWithoutTheEndOfItsBatchIsInDoubt) {
    const statement begin{"begin", "BEGIN", {}};
    const statement commit{"commit", "COMMIT", {}};
    auto how = settings();
    how.batch_deadline = milliseconds(300);
    for (const bool by_itself : {true, false}) {
        SCOPED_TRACE(by_itself);
        auto session = connected(how);
        holds_the_sync = true;
        const auto error = by_itself
                               ? error_of_batch(session, {bare(begin), insert_of(1), bare(commit)})
                               : error_of_batch(session, {insert_of(2)});
        holds_the_sync = false;
        EXPECT_EQ(error.kind, by_itself ? error_kind::in_doubt : error_kind::lost)
            << to_text(error);
        wait_until("SELECT count(*) FROM t", "1");
    }
    EXPECT_EQ(count(), "1");
}

TEST_F(ConnectionErrors, AServerThatStandsStillMeetsTheDeadline) {
    auto how = settings();
    how.batch_deadline = milliseconds(300);
    auto session = connected(how);
    const auto backend = session.backend_pid();
    database.server().signal_backend(backend, SIGSTOP);
    const auto error = error_of_batch(session, {insert_of(1)});
    EXPECT_EQ(error.kind, error_kind::in_doubt) << to_text(error);
    database.server().signal_backend(backend, SIGCONT);
    wait_until("SELECT count(*) FROM t", "1");  // as nobody cancels it
}

TEST_F(ConnectionErrors, AServerThatDoesNotAnswerAConnectMeetsTheDeadline) {
    auto how = settings();
    how.connect_deadline = milliseconds(200);
    database.server().pause();
    const auto refused = connection::open(how, runtime);
    database.server().resume();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::lost);
    EXPECT_EQ(refused.error().reason, "the server does not answer");
}

TEST_F(ConnectionErrors, ARefusedConnectHasItsSqlstate) {
    struct refusal {
        std::string more;
        const char* sqlstate;
        const char* shown;
    };
    database.query("CREATE ROLE locked NOLOGIN");
    database.query("ALTER DATABASE " + database.name() + " SET default_transaction_read_only = on");
    const refusal table[] = {
        {"dbname=nothing", "3D000", "The database lacks the journal's tables."},
        {"user=locked", "28000", "The database refuses the journal's user or password."},
        {"", "25006", "The database is read-only."},
    };
    for (const auto& one : table) {
        const auto refused = connection::open(settings(one.more), runtime);
        ASSERT_FALSE(refused) << one.sqlstate;
        EXPECT_EQ(refused.error().kind, error_kind::trouble);
        EXPECT_EQ(refused.error().sqlstate, one.sqlstate) << refused.error().reason;
        EXPECT_EQ(refused.error().shown(), one.shown);
        EXPECT_THAT(
            std::string(refused.error().reason.view()),
            testing::AllOf(
                testing::StartsWith("connection to server"),
                testing::Not(testing::HasSubstr("LOCATION"))
            )
        );
    }
}

TEST_F(ConnectionErrors, AStoppedServerIsLostAndComesBack) {
    support::postgres_server own({.fsync = false});  // no power is cut
    support::postgres_database there(own);
    there.query("CREATE TABLE t (n bigint PRIMARY KEY)");
    connection_settings how;
    how.conninfo_file = there.conninfo_file();
    auto session = connected(how);
    ASSERT_TRUE(session.run(insert_of(1)));
    own.kill();
    EXPECT_EQ(error_of_batch(session, {insert_of(2)}).kind, error_kind::lost);
    const auto refused = connection::open(how, runtime);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::lost);
    own.start();
    auto again = connected(how);
    ASSERT_TRUE(again.run(insert_of(2)));
    own.stop_immediate();
    own.start();
    EXPECT_EQ(there.query("SELECT count(*) FROM t"), "2");
}

}  // namespace
}  // namespace gateway::journal::postgres
