// The writer on a real server: commits in doubt, the fence, work of two processes on one journal.
#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/socket_proxy.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::journal::postgres;
using namespace gateway::redemption;

class PostgresWriter : public ::testing::Test {
protected:
    postgres_settings settings_with(const std::string& conninfo_file) const {
        postgres_settings made;
        made.writer.connect.conninfo_file = conninfo_file;
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        return made;
    }
    std::unique_ptr<managed_journal> open() {
        return open_postgres_journal(loop.time(), settings_with(database.conninfo_file()), probe);
    }
    std::unique_ptr<managed_journal> open_behind(const support::socket_proxy& proxy) {
        return open_postgres_journal(
            loop.time(), settings_with(database.conninfo_file("host=" + proxy.host())), probe
        );
    }
    void wait_until(const std::string& sql, const std::string& wanted) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (database.query(sql) != wanted) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << sql;
        }
    }
    std::string count(const std::string& table) const {
        return database.query("SELECT count(*) FROM " + table);
    }
    template <class T>
    static bool is(const auto& result) {
        return result.has_value() && std::holds_alternative<T>(*result);
    }
    static record plain(int n) {
        record r = wish(n);
        r.orders.clear();
        r.totals.clear();
        return r;
    }
    static settlement end_of(const record& r, state becomes) {
        settlement s = settlement_to(r.id, becomes, 5000);
        s.ended = ended_attempt(1, 1000);
        return s;
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
};

TEST_F(PostgresWriter, AnswersACommitInDoubtAsTheDatabaseHasIt) {
    for (const bool written : {true, false}) {
        SCOPED_TRACE(written);
        support::socket_proxy proxy(database.server().host());
        auto journal = open_behind(proxy);
        const record one = plain(written ? 1 : 2);
        const record in_line = wish(written ? 3 : 4);
        written ? proxy.hold_answers() : proxy.hold_requests();
        std::vector<journal_result<accept_outcome>> outcomes;
        loop.start(journal->accept(one, started_attempt(1, 1000)), outcomes);
        loop.poll();
        if (written) {
            wait_until(
                "SELECT count(*) FROM open_redemptions WHERE id = '" + one.id.str() + "'", "1"
            );
        }
        loop.start(journal->accept(in_line, std::nullopt), outcomes);
        loop.poll();
        proxy.cut();
        proxy.release();
        loop.run_until([&] { return outcomes.size() == 2; });
        ASSERT_TRUE(is<accepted>(outcomes[0])) << reason_of(outcomes[0]);
        EXPECT_TRUE(std::get<accepted>(*outcomes[0]).started);
        EXPECT_TRUE(is<accepted>(outcomes[1]));
        const auto found = loop.await(journal->find(one.id));
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->attempts.size(), 1U);
        EXPECT_FALSE(journal->trouble());
    }
    EXPECT_EQ(count("redemptions"), "4");
}

TEST_F(PostgresWriter, RunsASettlementInDoubtAgain) {
    support::socket_proxy proxy(database.server().host());
    auto journal = open_behind(proxy);
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    proxy.hold_answers();
    std::vector<journal_result<settle_outcome>> outcomes;
    loop.start(journal->settle(end_of(one, state::succeeded)), outcomes);
    loop.poll();
    wait_until("SELECT count(*) FROM outcomes", "1");
    proxy.cut();
    proxy.release();
    loop.run_until([&] { return !outcomes.empty(); });
    EXPECT_TRUE(is<settled>(outcomes[0])) << reason_of(outcomes[0]);
    EXPECT_EQ(count("outcomes"), "1");
    EXPECT_EQ(database.query("SELECT connection FROM replicas"), "2");
}

TEST_F(PostgresWriter, GoesOnWhenTheServerIsThereAgain) {
    support::postgres_server server;
    support::postgres_database own(server);
    auto journal = open_postgres_journal(loop.time(), settings_with(own.conninfo_file()), probe);
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, std::nullopt))));
    server.stop_immediate();
    const auto refused = loop.await(journal->accept(plain(2), std::nullopt));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().in_doubt) << "nothing was sent";
    EXPECT_TRUE(journal->trouble());
    server.start();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!loop.await(journal->probe())) {
        ASSERT_LT(std::chrono::steady_clock::now(), until);
        std::this_thread::yield();
    }
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(is<key_taken>(loop.await(journal->accept(one, std::nullopt))));
}

TEST_F(PostgresWriter, WritesNoMoreAboutItsRedemptionsOnceItWasEnded) {
    auto journal = open();
    const record plain_one = plain(1);
    const record in_line = wish(2);
    const record waiting = plain(3);
    for (const record& r : {plain_one, in_line}) {
        ASSERT_TRUE(is<accepted>(loop.await(journal->accept(r, started_attempt(1, 1000)))));
    }
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(waiting, std::nullopt))));
    database.query("UPDATE replicas SET ended_at = now(); UPDATE open_redemptions SET owner = NULL"
    );
    auto taker = open();
    const auto taken = loop.await(taker->take(10));
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->size(), 3U);
    EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(end_of(plain_one, state::succeeded)))));
    EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(end_of(in_line, state::pending)))));
    EXPECT_TRUE(is<not_ours>(loop.await(journal->start_attempt(waiting.id, started_attempt(1, 9000))
    )));
    EXPECT_TRUE(is<accepted>(loop.await(journal->accept(plain(4), std::nullopt))))
        << "under a new number";
    EXPECT_EQ(count("outcomes"), "0");
    EXPECT_TRUE(is<settled>(loop.await(taker->settle(end_of(plain_one, state::succeeded)))));
}

TEST_F(PostgresWriter, HasItsTurnInAnOrderAmongAllProcesses) {
    auto one = open();
    auto other = open();
    const record first = wish(1);
    record second = wish(2);
    second.orders = {first.orders.front()};
    ASSERT_TRUE(is<accepted>(loop.await(one->accept(first, started_attempt(1, 1000)))));
    const auto joined = loop.await(other->accept(second, started_attempt(1, 2000)));
    ASSERT_TRUE(is<accepted>(joined));
    EXPECT_FALSE(std::get<accepted>(*joined).started);
    const auto start = [&] {
        return loop.await(other->start_attempt(second.id, started_attempt(1, 3000)));
    };
    EXPECT_TRUE(is<not_its_turn>(start()));
    ASSERT_TRUE(is<settled>(loop.await(one->settle(end_of(first, state::succeeded)))));
    EXPECT_TRUE(is<attempt_started>(start()));
    EXPECT_TRUE(is<attempt_started>(start())) << "a repetition";
    EXPECT_TRUE(is<not_ours>(loop.await(one->start_attempt(second.id, started_attempt(1, 3000)))));
}

TEST_F(PostgresWriter, LearnsLateHowAnAttemptEnded) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    database.query("UPDATE replicas SET ended_at = now(); UPDATE open_redemptions SET owner = NULL"
    );
    auto taker = open();
    const auto taken = loop.await(taker->take(10));
    ASSERT_TRUE(taken && taken->size() == 1);
    settlement closed = end_of(one, state::unknown);
    closed.ended->verdict = verdict::ambiguous;
    closed.ended->phase = phase::maybe_sent;
    ASSERT_TRUE(is<settled>(loop.await(taker->settle(closed))));
    settlement late = end_of(one, state::succeeded);
    late.result = "{}";
    EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(late))));
    const auto told = loop.await(journal->tell_late(late));
    ASSERT_TRUE(told && told->now) << reason_of(told);
    EXPECT_EQ(told->now->state, state::succeeded);
    ASSERT_EQ(told->now->attempts.size(), 1U);
    EXPECT_EQ(told->now->attempts[0].verdict, verdict::executed);
    EXPECT_EQ(told->now->result, "{}");
}

TEST_F(PostgresWriter, AsksForALateEndAgainUntilTheAttemptIsClosed) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    database.query("UPDATE replicas SET ended_at = now(); UPDATE open_redemptions SET owner = NULL"
    );
    auto taker = open();
    const auto taken = loop.await(taker->take(10));
    ASSERT_TRUE(taken && taken->size() == 1);
    const settlement late = end_of(one, state::succeeded);
    EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(late))));
    const auto early = loop.await(journal->tell_late(late));
    ASSERT_TRUE(early) << reason_of(early);
    EXPECT_TRUE(early->not_closed);
    EXPECT_FALSE(early->now);
    settlement closed = end_of(one, state::unknown);
    closed.ended->verdict = verdict::ambiguous;
    ASSERT_TRUE(is<settled>(loop.await(taker->settle(closed))));
    const auto told = loop.await(journal->tell_late(late));
    ASSERT_TRUE(told && told->now) << reason_of(told);
    EXPECT_FALSE(told->not_closed);
    EXPECT_EQ(told->now->state, state::succeeded);
}

TEST_F(PostgresWriter, EndsAnAttemptThatNoProcessHasTakenOver) {
    auto journal = open();
    for (const auto becomes : {state::succeeded, state::pending}) {
        const record one = plain(becomes == state::succeeded ? 1 : 2);
        ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
        database.query(
            "UPDATE replicas SET ended_at = now(); UPDATE open_redemptions SET owner = NULL"
        );
        settlement late = end_of(one, becomes);
        if (becomes == state::pending) {
            late.ended->verdict = verdict::not_executed;
        }
        EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(late))));
        const auto told = loop.await(journal->tell_late(late));
        ASSERT_TRUE(told && told->now) << reason_of(told);
        EXPECT_EQ(told->now->state, becomes);
        EXPECT_FALSE(told->now->elsewhere) << "it is this process's again";
        ASSERT_EQ(told->now->attempts.size(), 1U);
        EXPECT_EQ(told->now->attempts[0].verdict, late.ended->verdict);
    }
}

TEST_F(PostgresWriter, KeepsTheEvidenceThatAResolutionWasWrong) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    settlement closed = end_of(one, state::unknown);
    closed.ended->verdict = verdict::ambiguous;
    ASSERT_TRUE(is<settled>(loop.await(journal->settle(closed))));
    settlement word = settlement_to(one.id, state::failed, 6000);
    word.history = history_entry{
        .at = word.at,
        .who = "ann",
        .action = "resolve",
        .note = "",
        .from = state::unknown,
        .to = state::failed
    };
    ASSERT_TRUE(is<decided>(loop.await(journal->decide(word, closed.at))));
    const auto told = loop.await(journal->tell_late(end_of(one, state::succeeded)));
    ASSERT_TRUE(told && told->now) << reason_of(told);
    EXPECT_TRUE(told->contradicts);
    EXPECT_EQ(told->now->state, state::failed);
    const auto found = loop.await(journal->find(one.id));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->state, state::failed);
    EXPECT_EQ((*found)->attempts.at(0).verdict, verdict::executed);
}

// It knows only the operator's word, and not the platform's answer.
TEST_F(PostgresWriter, SettlesNothingThatAnotherProcessHasEndedAlike) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    database.query("UPDATE open_redemptions SET owner = NULL");
    auto taker = open();
    const auto taken = loop.await(taker->take(10));
    ASSERT_TRUE(taken && taken->size() == 1);
    settlement end = end_of(one, state::succeeded);
    end.result = "{}";
    ASSERT_TRUE(is<settled>(loop.await(taker->settle(end))));
    settlement word = end_of(one, state::succeeded);
    word.ended.reset();
    word.history = history_entry{
        .who = "ann",
        .action = "resolve",
        .note = "seen",
        .from = state::pending,
        .to = state::succeeded
    };
    EXPECT_TRUE(is<not_ours>(loop.await(journal->settle(word))));
}

// The doubt was not of its last attempt.
TEST_F(PostgresWriter, LearnsLateThatAnEarlierAttemptWasNotExecuted) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
    settlement closed = end_of(one, state::pending);
    closed.ended->verdict = verdict::ambiguous;
    ASSERT_TRUE(is<settled>(loop.await(journal->settle(closed))));
    ASSERT_TRUE(
        is<attempt_started>(loop.await(journal->start_attempt(one.id, started_attempt(2, 3000))))
    );
    settlement refused = end_of(one, state::unknown);
    refused.ended->number = 2;
    refused.ended->verdict = verdict::refused;
    ASSERT_TRUE(is<settled>(loop.await(journal->settle(refused))));
    settlement late = end_of(one, state::pending);
    late.ended->verdict = verdict::not_executed;
    const auto told = loop.await(journal->tell_late(late));
    ASSERT_TRUE(told && told->now) << reason_of(told);
    EXPECT_EQ(told->now->state, state::rejected);
    ASSERT_EQ(told->now->attempts.size(), 2U);
    EXPECT_EQ(told->now->attempts[0].verdict, verdict::not_executed);
    EXPECT_EQ(told->now->attempts[1].verdict, verdict::refused);
}

// The process that works on it must not come to believe that nothing is in doubt.
TEST_F(PostgresWriter, KeepsTheDoubtOfAPendingOneThatWasExecuted) {
    for (const auto said : {verdict::executed, verdict::not_executed}) {
        auto journal = open();
        const record one = plain(said == verdict::executed ? 1 : 2);
        ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, started_attempt(1, 1000)))));
        settlement closed = end_of(one, state::pending);
        closed.ended->verdict = verdict::ambiguous;
        ASSERT_TRUE(is<settled>(loop.await(journal->settle(closed))));
        settlement late =
            end_of(one, said == verdict::executed ? state::succeeded : state::pending);
        late.ended->verdict = said;
        const auto told = loop.await(journal->tell_late(late));
        ASSERT_EQ(reason_of(told), "");
        EXPECT_FALSE(told->now);
        const auto found = loop.await(journal->find(one.id));
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->state, state::pending);
        EXPECT_EQ(has_ambiguous_attempt(**found), said == verdict::executed);
    }
}

TEST_F(PostgresWriter, LeavesOneWordForAPendingOne) {
    auto journal = open();
    const record one = plain(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, std::nullopt))));
    const operator_resolution word{.to = state::failed, .note = "n", .who = "ann"};
    const operator_resolution other{.to = state::failed, .note = "n", .who = "bob"};
    EXPECT_TRUE(*loop.await(journal->leave_word(one.id, word)));
    EXPECT_FALSE(*loop.await(journal->leave_word(one.id, other)));
    EXPECT_FALSE(*loop.await(journal->leave_word(id_of(2), word)));
}

TEST_F(PostgresWriter, GivesBackWhatHasNoAttemptUnderWay) {
    auto journal = open();
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(1), std::nullopt))));
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(plain(2), started_attempt(1, 1000)))));
    ASSERT_EQ(reason_of(loop.await(journal->give_back({id_of(1), id_of(2)}))), "");
    auto other = open();
    const auto taken = loop.await(other->take(10));
    ASSERT_TRUE(taken);
    ASSERT_EQ(taken->size(), 1U);
    EXPECT_EQ(taken->front().id, id_of(1));
}

TEST_F(PostgresWriter, SealsCodesAndCoversDigests) {
    const auto keys_of = [](char digit) {
        return std::get<sealing_keys>(parse_sealing_keys(std::string(64, digit)));
    };
    auto settings = settings_with(database.conninfo_file());
    settings.keys = keys_of('a');
    auto journal = open_postgres_journal(loop.time(), settings, probe);
    const record one = wish(1);
    ASSERT_TRUE(is<accepted>(loop.await(journal->accept(one, std::nullopt))));
    settlement s = settlement_to(one.id, state::unknown, 2000);
    s.result = R"({"resp_body":"result-code"})";
    ASSERT_TRUE(is<settled>(loop.await(journal->settle(s))));
    const auto stored = database.query(
        "SELECT encode(params, 'escape') || encode(result, 'escape') || encode(body, 'escape')"
        " || r.totals FROM redemptions AS r JOIN open_redemptions USING (id)"
    );
    EXPECT_THAT(stored, ::testing::Not(::testing::HasSubstr("secret-code")));
    EXPECT_THAT(stored, ::testing::Not(::testing::HasSubstr("result-code")));
    EXPECT_THAT(stored, ::testing::Not(::testing::HasSubstr("subject-1")));
    const auto found = loop.await(journal->find(one.id));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->params.reveal(), one.params.reveal());
    EXPECT_EQ((*found)->result, s.result);
    journal.reset();
    settings.keys = keys_of('b');
    try {
        open_postgres_journal(loop.time(), settings, probe);
        ADD_FAILURE() << "the secret can't be opened with another key";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("its secret can't be read"));
        EXPECT_THAT(error.what(), ::testing::HasSubstr("which is not configured"));
    }
}

TEST_F(PostgresWriter, WritesManyOfAKindTogether) {
    auto journal = open();
    std::vector<journal_result<accept_outcome>> accepted_all;
    std::vector<journal_result<settle_outcome>> settled_all;
    constexpr int many = 300;
    for (int n = 1; n <= many; ++n) {
        const record r = n % 3 == 0 ? wish(n) : plain(n);
        loop.start(journal->accept(r, started_attempt(1, 1000)), accepted_all);
    }
    loop.run();
    for (int n = 1; n <= many; ++n) {
        settlement s = end_of(wish(n), n % 2 == 0 ? state::succeeded : state::failed);
        if (n % 3 == 0 && s.state == state::succeeded) {
            s.confirmed = {
                {.subject = "s", .total = n, .order = wish(n).orders.front(), .code = "c"}
            };
        }
        loop.start(journal->settle(s), settled_all);
    }
    loop.run();
    EXPECT_EQ(std::count_if(accepted_all.begin(), accepted_all.end(), is_accepted), many);
    EXPECT_EQ(
        std::count_if(
            settled_all.begin(), settled_all.end(), [](const auto& one) { return is<settled>(one); }
        ),
        many
    );
    EXPECT_EQ(count("outcomes"), "300");
    EXPECT_EQ(count("open_redemptions"), "0");
    EXPECT_EQ(count("confirmed_totals"), "50");
    EXPECT_EQ(count("redemptions WHERE void"), "150");
}

}  // namespace
}  // namespace gateway::journal::testing
