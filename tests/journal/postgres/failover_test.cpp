// A primary that is lost, and the standby that takes its place.
#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::journal::postgres;
using namespace gateway::redemption;
using support::postgres_database;
using support::postgres_server;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct server_pair {
    postgres_server primary;
    postgres_server standby{{.standby_of = &primary}};
};
std::unique_ptr<server_pair> whole_pair;  // the next test's, unless a failover has spent it

server_pair& current_pair() {
    if (!whole_pair) {
        whole_pair = std::make_unique<server_pair>();
    }
    return *whole_pair;
}

class PostgresFailover : public ::testing::Test {
protected:
    ~PostgresFailover() override {
        if (!spent && primary.is_running()) {
            primary.set("synchronous_standby_names", "''");
        }
    }
    static void TearDownTestSuite() { whole_pair.reset(); }
    std::unique_ptr<managed_journal> open(
        durability kept_by = durability::storage,
        std::chrono::milliseconds deadline = std::chrono::seconds(10)
    ) {
        postgres_settings made;
        made.writer.connect.conninfo_file =
            database.conninfo_file("host=" + primary.host() + "," + standby.host());
        made.writer.connect.batch_deadline = deadline;
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        made.writer.kept_by = kept_by;
        return open_postgres_journal(loop.time(), made, probe);
    }
    // Another call may be waiting meanwhile.
    template <class T>
    T ask(asio::awaitable<T> call) {
        std::vector<T> answers;
        loop.start(std::move(call), answers);
        loop.run_until([&] { return !answers.empty(); });
        return std::move(answers.front());
    }
    void make_synchronous() { primary.set("synchronous_standby_names", "'standby'"); }
    // The server is lost with whatever the standby has not received.
    void fail_over() {
        spent = std::move(whole_pair);
        primary.stop_immediate();
        standby.promote();
    }
    void wait_until_written(managed_journal& journal) {
        until([&] { return ask(journal.probe()).has_value(); });
    }
    template <class Done>
    void until(Done done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit);
            std::this_thread::yield();
        }
    }
    void renew(managed_journal& journal) { static_cast<void>(ask(journal.fellows().keep({}))); }
    template <class T>
    static bool is(const auto& result) {
        return result.has_value() && std::holds_alternative<T>(*result);
    }
    void accept(managed_journal& journal, const record& r, bool started = true) {
        const auto first = started ? std::optional(started_attempt(1, 1000)) : std::nullopt;
        const auto done = ask(journal.accept(r, first));
        ASSERT_TRUE(is<accepted>(done)) << reason_of(done);
    }
    void settle(managed_journal& journal, const record& r, state to) {
        settlement s = settlement_to(r.id, to, 5000);
        s.ended = ended_attempt(1, 1000);
        const auto done = ask(journal.settle(s));
        ASSERT_TRUE(is<settled>(done)) << reason_of(done);
    }
    std::size_t taken_by(managed_journal& journal) {
        const auto taken = ask(journal.take(10));
        EXPECT_TRUE(taken) << reason_of(taken);
        return taken ? taken->size() : 0;
    }
    record found(managed_journal& journal, const record& r) {
        const auto got = ask(journal.find(r.id));
        if (!got || !*got) {
            ADD_FAILURE() << "not found: " << r.id.str() << " " << reason_of(got);
            return {};
        }
        return **got;
    }
    static record plain(int n) {
        record r = wish(n);
        r.orders.clear();
        r.totals.clear();
        return r;
    }

    server_pair& pair = current_pair();
    std::unique_ptr<server_pair> spent;
    postgres_server& primary = pair.primary;
    postgres_server& standby = pair.standby;
    postgres_database database{primary};
    test_loop loop;
    recording_probe probe;
};

TEST_F(PostgresFailover, ACancelledWaitForTheStandbyIsADoubtThatWaitsForIt) {
    make_synchronous();
    auto journal = open(durability::standby, std::chrono::seconds(1));
    const record one = plain(1);
    standby.stop_receiving();
    std::vector<journal_result<accept_outcome>> outcomes;
    loop.start(journal->accept(one, std::nullopt), outcomes);
    loop.poll();
    const std::string waiting =
        " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'";
    until([&] { return database.query("SELECT count(*)" + waiting) == "1"; });
    database.query("SELECT pg_cancel_backend(pid)" + waiting);
    until([&] {
        return database.query("SELECT connection > 1 FROM replicas") == "t" ||
               !ask(journal->probe());
    });
    EXPECT_TRUE(outcomes.empty()) << "no standby has it";
    standby.resume_receiving();
    wait_until_written(*journal);
    loop.run_until([&] { return !outcomes.empty(); });
    EXPECT_TRUE(is<accepted>(outcomes[0])) << reason_of(outcomes[0]);
}

TEST_F(PostgresFailover, WhatNoStandbyHasIsNotShownAfterACrash) {
    make_synchronous();
    auto journal = open(durability::standby, std::chrono::milliseconds(700));
    const record one = plain(1);
    standby.stop_receiving();
    std::vector<journal_result<accept_outcome>> outcomes;
    loop.start(journal->accept(one, std::nullopt), outcomes);
    loop.poll();
    until([&] {
        return database.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
               ) == "1";
    });
    primary.stop_immediate();
    primary.start();
    ASSERT_EQ(database.query("SELECT count(*) FROM redemptions"), "1") << "it is visible";
    const auto early = ask(journal->find(one.id));
    EXPECT_FALSE(early) << "shown, though no standby has it";
    standby.resume_receiving();
    wait_until_written(*journal);
    EXPECT_EQ(found(*journal, one).state, state::pending);
    EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(PostgresFailover, ASettingThatIsTakenAwayStopsTheWriting) {
    make_synchronous();
    auto journal = open(durability::standby);
    accept(*journal, plain(1));
    primary.set("synchronous_standby_names", "''");
    renew(*journal);
    EXPECT_THAT(
        reason_of(ask(journal->accept(plain(2), std::nullopt))),
        ::testing::HasSubstr("synchronous_standby_names is empty")
    );
    ASSERT_TRUE(journal->trouble());
    primary.set("synchronous_standby_names", "'standby'");
    wait_until_written(*journal);
    EXPECT_FALSE(journal->trouble());
}

TEST_F(PostgresFailover, ANumberThatWasDrawnAgainIsNotTakenForTheOwn) {
    auto journal = open();
    accept(*journal, plain(1));
    database.query("UPDATE replicas SET token = 'of another process'");
    database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    );
    wait_until_written(*journal);
    EXPECT_EQ(
        database.query("SELECT count(*), max(connection) FROM replicas WHERE ended_at IS NULL"),
        "2|1"
    );
    const auto news = ask(journal->fellows().keep({}));
    ASSERT_TRUE(news) << reason_of(news);
    EXPECT_EQ(journal->fellows().life(), 2);
}

// Nothing of the batch was sent yet.
TEST_F(PostgresFailover, AConnectionThatIsLostWhileTheOthersAreAskedIsReplaced) {
    open().reset();  // makes the tables
    database.query(
        "INSERT INTO replicas (name, version, key_ids, pid, server)"
        " VALUES ('other', '1', '{}', 0, 'another server')"
    );
    auto journal = open();
    database.query("UPDATE replicas SET ended_at = now() WHERE name = 'other'");
    database.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    );
    accept(*journal, plain(1));
}

TEST_F(PostgresFailover, ASynchronousStandbyLacksNothing) {
    make_synchronous();
    auto journal = open();
    const record ended = plain(1);
    const record open_one = wish(2);
    accept(*journal, ended);
    settle(*journal, ended, state::succeeded);
    accept(*journal, open_one);
    fail_over();
    wait_until_written(*journal);
    EXPECT_EQ(found(*journal, ended).state, state::succeeded);
    EXPECT_EQ(found(*journal, open_one).attempts.size(), 1U);
    const auto looks = journal->take_looks();
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_EQ(looks[0].looked_at, 2U);
    EXPECT_TRUE(looks[0].restored.empty() && looks[0].lost.empty());
    renew(*journal);
    EXPECT_EQ(journal->loss(), std::nullopt);
}

TEST_F(PostgresFailover, WhatAnAsynchronousOneLacksIsWrittenAgain) {
    auto journal = open();
    const record finished = plain(1);
    const record in_line = wish(2);
    const record rejected = plain(3);
    accept(*journal, finished);
    primary.wait_replayed(standby);
    standby.stop_receiving();
    settle(*journal, finished, state::succeeded);
    accept(*journal, in_line);
    accept(*journal, rejected);
    settle(*journal, rejected, state::rejected);
    fail_over();
    wait_until_written(*journal);

    const auto looks = journal->take_looks();
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_EQ(looks[0].looked_at, 3U);
    EXPECT_THAT(looks[0].restored, UnorderedElementsAre(finished.id, in_line.id, rejected.id));
    EXPECT_THAT(looks[0].lost, IsEmpty());
    EXPECT_TRUE(looks[0].reaches_further);
    EXPECT_EQ(found(*journal, finished).state, state::succeeded);
    EXPECT_EQ(found(*journal, rejected).state, state::rejected);
    const auto again = found(*journal, in_line);
    EXPECT_EQ(again.state, state::pending);
    ASSERT_EQ(again.attempts.size(), 1U);
    EXPECT_FALSE(again.attempts[0].finished_at);
    EXPECT_FALSE(again.elsewhere) << "it is still this process's";
    settle(*journal, in_line, state::succeeded);

    renew(*journal);
    EXPECT_EQ(journal->loss(), (journal_loss{.number = 1, .missing = 3, .restored = 3}));
    const auto known = ask(journal->acknowledge_losses(1, "ops", "checked"));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->missing, 3);
    renew(*journal);
    EXPECT_EQ(journal->loss(), std::nullopt);
}

TEST_F(PostgresFailover, WhatWasTakenIsWrittenAgainWithItsDoubt) {
    const record doubted = wish(1);
    open().reset();  // makes the tables
    primary.wait_replayed(standby);
    standby.stop_receiving();
    {
        auto before = open();
        accept(*before, doubted);
        settlement s = settlement_to(doubted.id, state::pending, 2000);
        s.ended = ended_attempt(1, 1000);
        s.ended->verdict = verdict::ambiguous;
        ASSERT_TRUE(is<settled>(ask(before->settle(s))));
    }
    auto journal = open();
    ASSERT_EQ(taken_by(*journal), 1U);
    fail_over();
    wait_until_written(*journal);
    const auto again = found(*journal, doubted);
    EXPECT_EQ(again.state, state::pending);
    EXPECT_TRUE(has_ambiguous_attempt(again));
    EXPECT_EQ(again.attempts.size(), 1U);
}

TEST_F(PostgresFailover, ATakingThatIsLostIsMadeAgain) {
    auto journal = open();
    const record one = plain(1);
    {
        auto before = open();
        accept(*before, one, false);
    }
    primary.wait_replayed(standby);
    standby.stop_receiving();
    ASSERT_EQ(taken_by(*journal), 1U);
    fail_over();
    wait_until_written(*journal);
    EXPECT_FALSE(found(*journal, one).elsewhere);
    const auto start = ask(journal->start_attempt(one.id, started_attempt(1, 1000)));
    EXPECT_TRUE(is<attempt_started>(start)) << reason_of(start);
}

TEST_F(PostgresFailover, NothingBeginsElsewhereBeforeTheOwnerHasLooked) {
    auto journal = open();
    {
        auto before = open();
        accept(*before, plain(1), false);
    }
    primary.wait_replayed(standby);
    standby.stop_receiving();
    const record lost = plain(2);
    accept(*journal, lost);
    ASSERT_EQ(taken_by(*journal), 1U);
    fail_over();
    auto other = open();
    record repeated = plain(3);
    repeated.key = lost.key;
    EXPECT_THAT(
        reason_of(ask(other->accept(repeated, std::nullopt))),
        ::testing::HasSubstr("other gateways have not looked yet")
    );
    EXPECT_TRUE(other->trouble());
    EXPECT_FALSE(ask(other->probe()));
    EXPECT_EQ(taken_by(*other), 0U) << "its owner is at work on it";

    wait_until_written(*journal);
    const auto known = ask(other->accept(repeated, std::nullopt));
    ASSERT_TRUE(is<key_taken>(known)) << reason_of(known);
    EXPECT_EQ(std::get<key_taken>(*known).existing.id, lost.id);
    EXPECT_FALSE(other->trouble());
    EXPECT_EQ(taken_by(*other), 0U);
    const auto looks = journal->take_looks();
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_THAT(looks[0].restored, ElementsAre(lost.id));
    EXPECT_THAT(looks[0].lost, IsEmpty());
}

// The others have ended the one that knew it, as it did not come for the length of a lease.
TEST_F(PostgresFailover, AKeyThatIsTakenMeanwhileIsTold) {
    auto journal = open();
    accept(*journal, plain(1));
    primary.wait_replayed(standby);
    standby.stop_receiving();
    const record lost = plain(2);
    accept(*journal, lost);
    fail_over();
    standby.query(database.name(), "UPDATE replicas SET ended_at = now()");
    auto other = open();
    record repeated = plain(3);
    repeated.key = lost.key;
    accept(*other, repeated);
    wait_until_written(*journal);
    const auto looks = journal->take_looks();
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_THAT(looks[0].lost, ElementsAre(lost.id));
    EXPECT_FALSE(looks[0].reaches_further);
    renew(*other);
    EXPECT_EQ(other->loss(), (journal_loss{.number = 1, .missing = 1, .restored = 0}));
}

}  // namespace
}  // namespace gateway::journal::testing
