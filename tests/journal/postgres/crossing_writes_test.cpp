// Writes of several processes on one database that cross each other.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "journal/postgres/connection.hpp"
#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/socket_proxy.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::journal::postgres;
using namespace gateway::redemption;
using std::chrono::seconds;

class CrossingWrites : public ::testing::Test {
protected:
    std::unique_ptr<managed_journal> open(const std::string& more = "") {
        postgres_settings made;
        made.writer.connect.conninfo_file = database.conninfo_file(more);
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        return open_postgres_journal(loop.time(), made, probe);
    }
    // A session of somebody else.
    connection other_session() {
        connection_settings how;
        how.conninfo_file = database.conninfo_file();
        auto opened = connection::open(how, loop.time());
        if (!opened) {
            throw std::runtime_error(std::string(opened.error().reason.view()));
        }
        return std::move(*opened);
    }
    static void run(connection& on, const std::string& sql) {
        EXPECT_TRUE(on.run_script(sql, seconds(5))) << sql;
    }
    // Until a session of the journal waits for a lock.
    static void wait_for_lock(connection& on, const std::string& event) {
        const auto until = std::chrono::steady_clock::now() + seconds(5);
        const std::string sql =
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND wait_event LIKE '" +
            event + "'";
        for (;;) {
            const auto waits = on.run_script(sql, seconds(5));
            if (waits && *waits == "t") {
                return;
            }
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "nothing waits for " << event;
        }
    }
    template <class T>
    static bool is(const auto& result) {
        return result.has_value() && std::holds_alternative<T>(*result);
    }
    // Of the order "a", "b" or both; its total of the code, if one is given.
    static record of_order(int n, const std::vector<std::string>& names, std::int64_t total = 0) {
        record r = wish(n);
        r.orders.clear();
        r.totals.clear();
        for (const auto& name : names) {
            r.orders.emplace_back(name);
        }
        if (total > 0) {
            r.totals = {{.subject = "s", .total = total, .order = r.orders.front(), .code = "code"}
            };
        }
        return r;
    }
    static settlement success_of(const record& r) {
        settlement s = settlement_to(r.id, state::succeeded, 5000);
        s.ended = ended_attempt(1, 1000);
        s.confirmed = r.totals;
        return s;
    }
    bool accepts(managed_journal& on, const record& r, bool starts = false) {
        const auto first = starts ? std::optional(started_attempt(1, 1000)) : std::nullopt;
        const auto done = loop.await(on.accept(r, first));
        return is<accepted>(done) && std::get<accepted>(*done).started == starts;
    }
    auto start(managed_journal& on, const record& r) {
        return loop.await(on.start_attempt(r.id, started_attempt(1, 2000)));
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
};

// The process that works on both was not told that their names are of one order.
TEST_F(CrossingWrites, StartsNothingBesideAnAttemptWhoseOrderAnotherProcessMerged) {
    auto one = open();
    auto other = open();
    const record first = of_order(1, {"a"});
    const record second = of_order(2, {"b"});
    const record third = of_order(3, {"b"});
    ASSERT_TRUE(accepts(*one, first, true));
    ASSERT_TRUE(accepts(*one, second));
    ASSERT_TRUE(accepts(*one, third));
    ASSERT_TRUE(accepts(*other, of_order(4, {"a", "b"})));
    EXPECT_TRUE(is<not_its_turn>(start(*one, second)));
    EXPECT_TRUE(accepts(*one, of_order(5, {"a"}))) << "nor with its acceptance";
    ASSERT_TRUE(is<settled>(loop.await(one->settle(success_of(first)))));

    std::vector<journal_result<start_outcome>> together;
    for (const record* both : {&second, &third}) {
        loop.start(one->start_attempt(both->id, started_attempt(1, 3000)), together);
    }
    loop.run_until([&] { return together.size() == 2; });
    EXPECT_TRUE(is<attempt_started>(together[0]));
    EXPECT_TRUE(is<not_its_turn>(together[1]));
    const auto with =
        loop.await(one->accept(of_order(6, {"a"}), std::optional(started_attempt(1, 4000))));
    ASSERT_TRUE(is<accepted>(with));
    EXPECT_FALSE(std::get<accepted>(*with).started);
}

// A start that looks at totals first, and then at the order, would miss what ended in between.
TEST_F(CrossingWrites, StartsNoTotalBelowOneThatIsConfirmedWhileItLooks) {
    open();
    database.query(
        "CREATE FUNCTION wait_here() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN"
        " IF current_query() LIKE 'WITH wanted AS%' THEN"
        " PERFORM set_config('lock_timeout', '0', true);"
        " PERFORM pg_advisory_xact_lock_shared(7); END IF; RETURN true; END $$;"
        "ALTER TABLE doubtful_totals RENAME TO kept_doubtful_totals;"
        "CREATE VIEW doubtful_totals AS SELECT * FROM kept_doubtful_totals"
        " WHERE (SELECT wait_here())"
    );
    auto one = open();
    auto other = open();
    const record high = of_order(1, {"a"}, 3);
    const record low = of_order(2, {"a"}, 2);
    ASSERT_TRUE(accepts(*other, high, true));
    ASSERT_TRUE(accepts(*one, low));
    auto session = other_session();
    run(session, "SELECT pg_advisory_lock(7)");
    std::vector<journal_result<start_outcome>> outcomes;
    loop.start(one->start_attempt(low.id, started_attempt(1, 2000)), outcomes);
    loop.poll();
    wait_for_lock(session, "advisory");
    std::vector<journal_result<settle_outcome>> ends;
    loop.start(other->settle(success_of(high)), ends);
    loop.run_until([&] { return !ends.empty(); });
    ASSERT_TRUE(is<settled>(ends[0]));
    run(session, "SELECT pg_advisory_unlock(7)");
    loop.run_until([&] { return !outcomes.empty(); });
    EXPECT_FALSE(is<attempt_started>(outcomes[0]));
    EXPECT_TRUE(is<total_would_fall>(start(*one, low)));
}

// One that is sent again by hand joins its order as a new one does: an acceptance that is being
// written must see it, or be seen by its start.
TEST_F(CrossingWrites, JoinsItsOrderUnderItsLockWhenItIsSentAgain) {
    auto journal = open();
    const record one = of_order(1, {"a"});
    ASSERT_TRUE(accepts(*journal, one, true));
    settlement doubt = settlement_to(one.id, state::unknown, 5000);
    doubt.ended = ended_attempt(1, 1000);
    doubt.ended->verdict = verdict::ambiguous;
    ASSERT_TRUE(is<settled>(loop.await(journal->settle(doubt))));
    auto session = other_session();
    run(session, "BEGIN; SELECT 1 FROM orders FOR UPDATE");
    std::vector<journal_result<decide_outcome>> outcomes;
    loop.start(
        journal->decide(settlement_by_operator(one.id, state::pending, 6000), doubt.at), outcomes
    );
    loop.poll();
    wait_for_lock(session, "%");
    run(session, "COMMIT");
    loop.run_until([&] { return !outcomes.empty(); });
    EXPECT_TRUE(is<decided>(outcomes[0]));
}

// A caller with that key then follows the other process instead of starting the work again.
TEST_F(CrossingWrites, TellsThatTheOneWithTheKeyIsAtWorkElsewhere) {
    auto one = open();
    auto other = open();
    const record first = of_order(1, {"a"});
    ASSERT_TRUE(accepts(*one, first));
    for (const bool elsewhere : {false, true}) {
        const auto again = loop.await((elsewhere ? *other : *one).accept(first, std::nullopt));
        ASSERT_TRUE(is<key_taken>(again));
        EXPECT_EQ(std::get<key_taken>(*again).existing.elsewhere, elsewhere);
    }
}

// What may have been committed is not told to be refused because others are in the way now.
TEST_F(CrossingWrites, KeepsADoubtWhileTheSecondRunConflicts) {
    support::socket_proxy proxy(database.server().host());
    auto journal = open("host=" + proxy.host());
    const record one = of_order(1, {});
    proxy.hold_answers();
    std::vector<journal_result<accept_outcome>> outcomes;
    loop.start(journal->accept(one, std::nullopt), outcomes);
    loop.poll();
    const auto until = std::chrono::steady_clock::now() + seconds(10);
    while (database.query("SELECT count(*) FROM open_redemptions") != "1") {
        ASSERT_LT(std::chrono::steady_clock::now(), until);
    }
    database.query(
        "CREATE TABLE conflicts (n int); INSERT INTO conflicts VALUES (1);"
        "CREATE FUNCTION conflict() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN"
        " IF EXISTS (SELECT 1 FROM conflicts) THEN RAISE EXCEPTION USING ERRCODE = '40001';"
        " END IF; RETURN true; END $$;"
        "ALTER TABLE outcomes RENAME TO kept_outcomes;"
        "CREATE VIEW outcomes AS SELECT * FROM kept_outcomes WHERE (SELECT conflict())"
    );
    proxy.cut();
    proxy.release();
    loop.run_until([&] { return journal->trouble() || !outcomes.empty(); });
    EXPECT_TRUE(outcomes.empty()) << reason_of(outcomes[0]);
    database.query("DELETE FROM conflicts");
    std::vector<journal_result<void>> probes;
    loop.start(journal->probe(), probes);
    loop.run_until([&] { return !outcomes.empty() && !probes.empty(); });
    EXPECT_TRUE(is<accepted>(outcomes[0])) << reason_of(outcomes[0]);
}

// Here a line has lost its canonical key.
TEST_F(CrossingWrites, AnswersABatchWhoseResultsItCannotReadAsTheDatabaseHasIt) {
    auto journal = open();
    ASSERT_TRUE(accepts(*journal, of_order(1, {"a"})));
    database.query("UPDATE orders SET number = number + 1000");
    const auto done = loop.await(journal->accept(of_order(2, {"a"}), std::nullopt));
    EXPECT_TRUE(is<accepted>(done)) << reason_of(done);
    EXPECT_FALSE(journal->trouble());
}

// The others may have drawn all of the rate since its last life.
TEST_F(CrossingWrites, HasNoShareOfARateBeforeItHasDrawnOne) {
    auto journal = open();
    database.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'not now'; END $$;"
        "CREATE TRIGGER refuses BEFORE INSERT ON quotas FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    const std::vector<account_demand> wanted{
        {.account = account_name("fliggy"), .rate = 60, .wanted = 60}
    };
    const auto shares = [&] {
        std::vector<double> all;
        const auto news = loop.await(journal->fellows().keep(wanted));
        EXPECT_TRUE(news) << reason_of(news);
        for (const auto& one : news ? news->shares : std::vector<account_share>()) {
            all.push_back(one.rate);
        }
        return all;
    };
    EXPECT_EQ(shares(), std::vector<double>{0});
    database.query("DROP TRIGGER refuses ON quotas");
    EXPECT_EQ(shares(), std::vector<double>{60});
}

}  // namespace
}  // namespace gateway::journal::testing
