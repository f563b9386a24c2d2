// The writer on a server that fails, hangs or refuses: what is answered is what the database has.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "journal/opening_error.hpp"
#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/socket_proxy.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::journal::postgres;
using namespace gateway::redemption;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr const char* create_app =
    "DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
constexpr const char* grant_app =
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;"
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app";
constexpr const char* end_sessions =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
constexpr const char* no_sessions =
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app'";

record plain(int n) {
    record r = wish(n);
    r.orders.clear();
    r.totals.clear();
    return r;
}

template <class T>
bool is(const auto& result) {
    return result.has_value() && std::holds_alternative<T>(*result);
}

class WriterFaults : public ::testing::Test {
protected:
    // The tables exist, and the journal's user is no superuser.
    std::unique_ptr<managed_journal> open_as_app(milliseconds deadline = seconds(10)) {
        settings.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        settings.writer.connect.conninfo_file = database.conninfo_file();
        open_postgres_journal(loop.time(), settings, probe).reset();
        database.query(create_app);
        database.query(grant_app);
        settings.writer.connect.conninfo_file = database.conninfo_file("user=app");
        settings.writer.connect.batch_deadline = deadline;
        return open_postgres_journal(loop.time(), settings, probe);
    }
    pid_t backend() const {
        return std::stoi(database.query("SELECT pid FROM replicas WHERE ended_at IS NULL"));
    }
    bool comes_true(const std::string& sql) const {
        const auto until = steady_clock::now() + seconds(20);
        while (database.query(sql) != "t" && steady_clock::now() < until) {
        }
        return database.query(sql) == "t";
    }
    // Asks again until the journal takes it.
    bool takes(managed_journal& journal, const record& one) {
        const auto until = steady_clock::now() + seconds(20);
        while (steady_clock::now() < until) {
            const auto got = loop.await(journal.accept(one, std::nullopt));
            if (is<accepted>(got)) {
                return true;
            }
            EXPECT_FALSE(got) << "it was not taken before";
            std::this_thread::sleep_for(milliseconds(20));
        }
        return false;
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
    postgres_settings settings;
};

struct refusal_row {
    const char* name;
    const char* begin;
    bool ends_sessions;
    const char* end;
    const char* reason;

    friend void PrintTo(const refusal_row& row, std::ostream* out) { *out << row.name; }
};

class WriterRefused : public WriterFaults, public ::testing::WithParamInterface<refusal_row> {};

constexpr refusal_row refusals[] = {
    {"permission_revoked",
     "REVOKE INSERT ON redemptions FROM app",
     false,
     "GRANT INSERT ON redemptions TO app",
     "refuses the journal's user a permission"},
    {"read_only",
     "ALTER ROLE app SET default_transaction_read_only = on",
     true,
     "ALTER ROLE app RESET default_transaction_read_only",
     "read-only"},
    {"too_many_connections",
     "ALTER ROLE app CONNECTION LIMIT 0",
     true,
     "ALTER ROLE app CONNECTION LIMIT -1",
     "takes no more connections"},
    {"commits_not_durable",
     "ALTER ROLE app SET synchronous_commit = off",
     true,
     "ALTER ROLE app RESET synchronous_commit",
     "synchronous_commit"},
    {"no_login", "ALTER ROLE app NOLOGIN", true, "ALTER ROLE app LOGIN", "user or password"},
    {"table_missing",
     "ALTER TABLE outcomes RENAME TO elsewhere",
     true,
     "ALTER TABLE elsewhere RENAME TO outcomes",
     "lacks the journal's tables"},
};

TEST_P(WriterRefused, SaysWhyAndComesBack) {
    const auto& row = GetParam();
    auto journal = open_as_app();
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(1), std::nullopt))));
    database.query(row.begin);
    if (row.ends_sessions) {
        database.query(end_sessions);
        ASSERT_TRUE(comes_true(no_sessions));
    }
    const auto refused = loop.await(journal->accept(plain(2), std::nullopt));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().in_doubt);
    EXPECT_THAT(reason_of(refused), ::testing::HasSubstr(row.reason));
    ASSERT_TRUE(journal->trouble());
    EXPECT_THAT(std::string(journal->trouble()->reason), ::testing::HasSubstr(row.reason));
    EXPECT_EQ(database.query("SELECT count(*) FROM redemptions"), "1");
    database.query(row.end);
    EXPECT_TRUE(takes(*journal, plain(2)));
    EXPECT_FALSE(journal->trouble());
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), "2");
}

// Callers and /readyz get a sentence that names neither host nor user.
TEST_F(WriterFaults, SaysToTheLogWhatTheServerSaid) {
    auto journal = open_as_app();
    database.query("REVOKE INSERT ON redemptions FROM app");
    ASSERT_FALSE(loop.await(journal->accept(plain(1), std::nullopt)));
    ASSERT_FALSE(probe.faults.empty());
    EXPECT_THAT(probe.faults.back(), ::testing::HasSubstr("42501 permission denied for table"));
    EXPECT_EQ(
        journal->trouble()->reason.view(), "The database refuses the journal's user a permission."
    );
}

TEST_F(WriterFaults, OfAnOpeningAreToldWithoutTheHost) {
    settings.writer.connect.conninfo_file = database.conninfo_file("host=/nowhere/at/all");
    try {
        open_postgres_journal(loop.time(), settings, probe);
        ADD_FAILURE() << "it was opened";
    } catch (const opening_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("/nowhere/at/all"));
        EXPECT_EQ(
            error.shown().view(), "the journal can't be opened: The database cannot be reached."
        );
    }
}

INSTANTIATE_TEST_SUITE_P(, WriterRefused, ::testing::ValuesIn(refusals), [](const auto& info) {
    return std::string(info.param.name);
});

// A file system of 24 MiB for the tables, mounted in the folder of the server.
class small_tablespace {
public:
    explicit small_tablespace(const support::postgres_database& database)
        : folder_(fs::path(database.server().host()) / "small") {
        fs::create_directory(folder_);
        mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=24m") == 0;
        const auto as = support::unprivileged();
        mounted_ = mounted_ && ::chown(folder_.c_str(), as.user, as.group) == 0;
    }
    ~small_tablespace() {
        if (mounted_) {
            ::umount2(folder_.c_str(), MNT_DETACH);
        }
    }
    small_tablespace(const small_tablespace&) = delete;
    small_tablespace& operator=(const small_tablespace&) = delete;

    bool mounted() const { return mounted_; }
    std::string folder() const { return folder_.string(); }
    void fill() const {
        std::ofstream ballast(folder_ / "ballast", std::ios::binary);
        const std::string page(4096, 'x');
        while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
        }
    }
    void make_room() const { fs::remove(folder_ / "ballast"); }

private:
    fs::path folder_;
    bool mounted_ = false;
};

TEST_F(WriterFaults, AFullDiskIsNamedAndLosesNothing) {
    const small_tablespace space(database);
    if (!space.mounted()) {
        GTEST_SKIP() << "no file system can be mounted here";
    }
    auto journal = open_as_app();
    database.query("CREATE TABLESPACE small LOCATION '" + space.folder() + "'");
    database.query("ALTER TABLE redemptions SET TABLESPACE small");
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(1), std::nullopt))));
    space.fill();
    int taken = 1;
    journal_result<accept_outcome> last = loop.await(journal->accept(plain(2), std::nullopt));
    for (int n = 3; is<accepted>(last) && n < 500; ++n) {  // what fits into the last page
        ++taken;
        last = loop.await(journal->accept(plain(n), std::nullopt));
    }
    ASSERT_FALSE(last);
    EXPECT_FALSE(last.error().in_doubt);
    EXPECT_THAT(reason_of(last), ::testing::HasSubstr("disk is full"));
    EXPECT_TRUE(journal->trouble());
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), std::to_string(taken));
    space.make_room();
    EXPECT_TRUE(takes(*journal, plain(900)));
    EXPECT_FALSE(journal->trouble());
    database.query("ALTER TABLE redemptions SET TABLESPACE pg_default");
    database.query("DROP TABLESPACE small");
}

// The batch waits for a lock when its backend is killed, and the server recovers.
TEST_F(WriterFaults, ABackendThatIsKilledInABatchLeavesNoWrongAnswer) {
    auto journal = open_as_app();
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(1), started_attempt(1, 1000)))));
    const pid_t writer = backend();
    std::thread lock([&] {
        EXPECT_ANY_THROW(database.query("LOCK TABLE redemptions; SELECT pg_sleep(20)"));
    });
    std::vector<journal_result<accept_outcome>> outcomes;
    const std::string sessions = "SELECT count(*) > 0 FROM pg_stat_activity WHERE ";
    EXPECT_TRUE(comes_true(sessions + "wait_event = 'PgSleep'"));
    loop.start(journal->accept(plain(2), started_attempt(1, 1000)), outcomes);
    loop.poll();
    EXPECT_TRUE(
        comes_true(sessions + "wait_event_type = 'Lock' AND pid = " + std::to_string(writer))
    );
    ::kill(writer, SIGKILL);
    lock.join();
    // Each write tries to connect, and then finds out what became of the batch.
    std::vector<journal_result<void>> probes;
    while (outcomes.empty()) {
        const auto before = probes.size();
        loop.start(journal->probe(), probes);
        loop.run_until([&] { return probes.size() > before; });
    }
    // It may be refused, and then it was not written.
    if (!outcomes[0]) {
        EXPECT_TRUE(takes(*journal, plain(2))) << reason_of(outcomes[0]);
    }
    const auto found = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(found && *found) << reason_of(found);
    EXPECT_EQ((*found)->attempts.size(), 1U);
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), "2");
}

// The client gives the connection up, and runs the batch on another one. The old one must not run
// it any more, however late it does.
TEST_F(WriterFaults, ABackendThatStandsStillBeforeABatchIsShutOut) {
    auto journal = open_as_app(milliseconds(700));
    const pid_t writer = backend();
    std::vector<journal_result<accept_outcome>> outcomes;
    ::kill(writer, SIGSTOP);
    loop.start(journal->accept(plain(1), started_attempt(1, 1000)), outcomes);
    loop.run_until([&] { return !outcomes.empty(); });
    ::kill(writer, SIGCONT);
    ASSERT_TRUE(is<accepted>(outcomes[0])) << reason_of(outcomes[0]);
    EXPECT_TRUE(comes_true(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = " + std::to_string(writer)
    ));
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), "1");
    EXPECT_EQ(database.query("SELECT connection FROM replicas WHERE ended_at IS NULL"), "2");
}

// Its server has not heard that the connection is gone, and keeps its locks.
TEST_F(WriterFaults, AnEarlierConnectionInATransactionIsEnded) {
    open_as_app().reset();
    support::socket_proxy proxy(database.server().host());
    settings.writer.connect.conninfo_file = database.conninfo_file("user=app host=" + proxy.host());
    auto journal = open_postgres_journal(loop.time(), settings, probe);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(1), started_attempt(1, 1000)))));
    const auto writer = std::to_string(backend());
    proxy.hold_answers();
    std::vector<journal_result<settle_outcome>> outcomes;
    settlement late = settlement_to(plain(1).id, state::succeeded, 5000);
    late.history = history_entry{
        .at = late.at,
        .who = "ann",
        .action = "resolve",
        .note = "",
        .from = state::pending,
        .to = state::succeeded
    };
    loop.start(journal->settle(late), outcomes);
    loop.poll();
    EXPECT_TRUE(comes_true(
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid = " +
        writer
    ));
    proxy.abandon_server();
    proxy.release();
    loop.run_until([&] { return !outcomes.empty(); });
    EXPECT_TRUE(is<settled>(outcomes[0])) << reason_of(outcomes[0]);
    EXPECT_TRUE(comes_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = " + writer));
}

// Nothing is answered before the old backend is done with what it has begun.
TEST_F(WriterFaults, ABackendThatStandsStillInABatchIsWaitedFor) {
    auto journal = open_as_app(milliseconds(1500));
    const pid_t writer = backend();
    const auto waits = [&](const std::string& who) {
        return "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid " +
               who + std::to_string(writer);
    };
    std::thread lock([&] {
        database.query("LOCK TABLE redemptions IN SHARE MODE; SELECT pg_sleep(1)");
    });
    EXPECT_TRUE(comes_true("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    );
    std::vector<journal_result<accept_outcome>> outcomes;
    loop.start(journal->accept(plain(1), started_attempt(1, 1000)), outcomes);
    loop.poll();
    EXPECT_TRUE(comes_true(waits("= ")));
    ::kill(writer, SIGSTOP);
    lock.join();
    EXPECT_TRUE(comes_true(waits("<> "))) << "the next connection asks what became of it";
    ::kill(writer, SIGCONT);
    loop.run_until([&] { return !outcomes.empty(); });
    ASSERT_TRUE(is<accepted>(outcomes[0])) << reason_of(outcomes[0]);
    EXPECT_TRUE(std::get<accepted>(*outcomes[0]).started);
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), "1");
}

// A lock that is held for longer than the server lets a statement wait: what does not need it is
// written, and what does is written later.
TEST_F(WriterFaults, ALockedRowDelaysOnlyWhatNeedsIt) {
    auto journal = open_as_app();
    const record in_line = wish(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(in_line, std::nullopt))));
    std::thread lock([&] { database.query("SELECT * FROM orders FOR UPDATE; SELECT pg_sleep(3)"); }
    );
    EXPECT_TRUE(comes_true("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    );
    record second = wish(2);
    second.orders = {in_line.orders.front()};
    std::vector<journal_result<accept_outcome>> outcomes;
    loop.start(journal->accept(plain(3), std::nullopt), outcomes);
    loop.start(journal->accept(second, std::nullopt), outcomes);
    loop.run_until([&] { return outcomes.size() == 2; });
    lock.join();
    for (const auto& one : outcomes) {
        EXPECT_TRUE(is<accepted>(one)) << reason_of(one);
    }
    EXPECT_EQ(database.query("SELECT count(*) FROM open_redemptions"), "3");
}

}  // namespace
}  // namespace gateway::journal::testing
