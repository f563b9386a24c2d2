// The core over a journal and an account that play by script: docs/redemption-rules.md as
// behaviour.
#include "redemption/engine/engine.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "core_world.hpp"
#include "redemption/redemption_id.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

TEST(Engine, WritesTheAttemptBeforeItSendsAndTheAnswerBeforeItTells) {
    core_world world;
    world.account.during = [&] {
        EXPECT_EQ(world.journal.log, std::vector<std::string>{"accept+start"});
    };
    const auto answer = world.submit(world.wish("k"));
    EXPECT_EQ(record_of(answer).state, state::succeeded);
    EXPECT_EQ(record_of(answer).attempts.size(), 1U);
    const std::vector<std::string> expected{"accept+start", "settle succeeded"};
    EXPECT_EQ(world.journal.log, expected);
}

TEST(Engine, ReplaysAnAnswerInsteadOfSendingAgain) {
    core_world world;
    const auto first = world.submit(world.wish("k"));
    const auto second = world.submit(world.wish("k"));
    EXPECT_EQ(record_of(first).id, record_of(second).id);
    EXPECT_FALSE(std::get<redemption_snapshot>(first).replayed);
    EXPECT_TRUE(std::get<redemption_snapshot>(second).replayed);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST(Engine, MakesOneAttemptOfTwoThousandEqualRequestsAtOnce) {
    core_world world;
    std::size_t succeeded = 0;
    for (int i = 0; i < 2000; ++i) {
        boost::asio::co_spawn(
            world.time.executor(),
            world.core->submit(world.wish("k"), world.time.now() + seconds(5)),
            [&](std::exception_ptr, submit_outcome answer) {
                succeeded += record_of(answer).state == state::succeeded ? 1U : 0U;
            }
        );
    }
    world.run_for(seconds(3));
    EXPECT_EQ(succeeded, 2000U);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST(Engine, ACallerThatLeavesEndsItsWaitAndNothingElse) {
    core_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    caller_connection leaving;
    std::optional<submit_outcome> left;
    std::optional<submit_outcome> stayed;
    const auto late = world.time.now() + seconds(20);
    world.start(world.core->submit(world.wish("k"), {late, &leaving}), left);
    world.start(world.core->submit(world.wish("k"), late), stayed);
    boost::asio::post(world.time.executor(), [&] { leaving.on_closed(); });
    world.run_for(milliseconds(100));
    ASSERT_TRUE(left);
    EXPECT_EQ(record_of(*left).state, state::pending);
    world.run_for(seconds(5));
    ASSERT_TRUE(stayed);
    EXPECT_EQ(record_of(*stayed).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST(Engine, RefusesAKeyUsedForAnotherBody) {
    core_world world;
    world.submit(world.wish("k", true, R"({"a":1})"));
    const auto answer = world.submit(world.wish("k", true, R"({"a":2})"));
    EXPECT_TRUE(std::holds_alternative<key_reused>(answer));
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST(Engine, KeepsOneCallersKeysApartFromAnothers) {
    core_world world;
    world.submit(world.wish("k", true, R"({"a":1})"));
    auto other = world.wish("k", true, R"({"a":2})");
    other.caller = caller_name("kiosk");
    EXPECT_EQ(record_of(world.submit(other)).state, state::succeeded);
}

TEST(Engine, RefusesANaturalKeyInUse) {
    core_world world;
    auto first = world.wish("k1");
    first.terms.natural = natural_key("out-1");
    const auto taken = world.submit(first);
    auto second = world.wish("k2");
    second.terms.natural = natural_key("out-1");
    const auto answer = world.submit(second);
    ASSERT_TRUE(std::holds_alternative<natural_key_in_use>(answer));
    EXPECT_EQ(std::get<natural_key_in_use>(answer).by, record_of(taken).id);
}

TEST(Engine, SendsAnAmbiguousReplaySafeOneUntilAnswered) {
    core_world world;
    world.account.script = {
        outcome(phase::maybe_sent, verdict::ambiguous),
        outcome(phase::not_sent, verdict::not_executed),
        outcome(phase::answered, verdict::executed),
    };
    auto wish = world.wish("k", true, R"({"same":"content"})");
    wish.expires_in = seconds(1);
    const auto answer = world.submit(wish, seconds(10));
    EXPECT_EQ(record_of(answer).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 3U);
    EXPECT_FALSE(world.account.seen[0].ambiguous_before);
    EXPECT_TRUE(world.account.seen[1].ambiguous_before);
    EXPECT_EQ(world.account.params[2], R"({"same":"content"})");
}

TEST(Engine, NeverSendsAnAmbiguousOneAgainThatIsNotReplaySafe) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto answer = world.submit(world.wish("k", false));
    EXPECT_EQ(record_of(answer).state, state::unknown);
    const auto again = world.submit(world.wish("k", false));
    EXPECT_EQ(record_of(again).state, state::unknown);
    world.run_for(milliseconds(200));
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST(Engine, FailsWhatIsProvenUnsentWhenItsTimeIsUpAndStartsOverOnTheSameKey) {
    core_world world;
    for (int i = 0; i < 50; ++i) {
        world.account.script.push_back(outcome(phase::not_sent, verdict::not_executed));
    }
    auto wish = world.wish("k", false);
    wish.expires_in = seconds(1);
    const auto failed = world.submit(wish);
    EXPECT_EQ(record_of(failed).state, state::failed);
    const auto attempts = record_of(failed).attempts.size();
    world.account.script.clear();
    auto again = world.wish("k", false);
    again.expires_in = seconds(1);
    const auto answer = world.submit(again);
    EXPECT_EQ(record_of(answer).state, state::succeeded);
    EXPECT_EQ(record_of(answer).id, record_of(failed).id);
    EXPECT_EQ(record_of(answer).attempts.size(), attempts + 1);
    EXPECT_FALSE(std::get<redemption_snapshot>(answer).replayed);
}

TEST(Engine, SendsNothingWhileTheJournalCannotBeWritten) {
    core_world world;
    world.journal.broken = journal_error{base::fixed_text("disk full")};
    const auto answer = world.submit(world.wish("k"));
    ASSERT_TRUE(std::holds_alternative<unavailable>(answer));
    EXPECT_EQ(std::get<unavailable>(answer).detail, "disk full");
    EXPECT_TRUE(world.account.seen.empty());
    world.journal.broken.reset();
    EXPECT_EQ(record_of(world.submit(world.wish("k"))).state, state::succeeded);
}

TEST(Engine, ReplaysAnswersWhileTheJournalCannotBeWritten) {
    core_world world;
    world.submit(world.wish("k"));
    world.journal.broken = journal_error{base::fixed_text("disk full")};
    const auto answer = world.submit(world.wish("k"));
    EXPECT_EQ(record_of(answer).state, state::succeeded);
    EXPECT_TRUE(std::get<redemption_snapshot>(answer).replayed);
}

TEST(Engine, HoldsAResultUntilTheJournalTakesIt) {
    core_world world;
    world.journal.fail_settlements = 2;
    const auto early = world.submit(world.wish("k"), milliseconds(200));
    EXPECT_EQ(record_of(early).state, state::pending);
    const auto late = world.submit(world.wish("k"), seconds(5));
    EXPECT_EQ(record_of(late).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 1U);
    EXPECT_EQ(world.probe.troubles, 2);
}

TEST(Engine, SendsOneOrderOneAtATime) {
    core_world world;
    world.account.takes = milliseconds(5);
    for (int i = 0; i < 10; ++i) {
        auto wish = world.wish("k" + std::to_string(i), true, "{\"n\":" + std::to_string(i) + "}");
        wish.terms.orders = {order_key("order_id:1")};
        world.submit(wish, milliseconds(0));
    }
    world.run_for(seconds(1));
    ASSERT_EQ(world.account.params.size(), 10U);
    EXPECT_EQ(world.account.most_at_once, 1U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(
            world.account.params[static_cast<std::size_t>(i)], "{\"n\":" + std::to_string(i) + "}"
        );
    }
}

TEST(Engine, PicksUpWhatWasPendingAfterADeath) {
    struct death {
        const char* name;
        bool replay_safe;
        bool started;
        state becomes;
        std::size_t sends;
    };
    const death deaths[] = {
        {"accepted only", false, false, state::succeeded, 1},
        {"started, replay-safe", true, true, state::succeeded, 1},
        {"started, not replay-safe", false, true, state::unknown, 0},
    };
    for (const auto& d : deaths) {
        SCOPED_TRACE(d.name);
        core_world world;
        record what;
        what.id = new_redemption_id(world.time.precise_wall_now(), 1);
        what.caller = caller_name("pos");
        what.key = idempotency_key("k");
        what.account = account_name("shop");
        what.method = method_name("test.redeem");
        what.replay_safe = d.replay_safe;
        what.created_at = world.time.wall_now();
        what.lifetime = seconds(60);
        what.expires_at = what.created_at + what.lifetime;
        if (d.started) {
            what.attempts.push_back(
                {.number = 1,
                 .started_at = what.created_at,
                 .finished_at = {},
                 .phase = {},
                 .verdict = {},
                 .said = {}}
            );
        }
        world.journal.rows[what.id] = what;
        world.run(world.core->pick_up());
        world.run(world.core->find(what.id, {}, world.time.now() + seconds(5)));
        EXPECT_EQ(world.journal.rows[what.id].state, d.becomes);
        EXPECT_EQ(world.account.seen.size(), d.sends);
        if (d.started) {
            EXPECT_EQ(world.journal.rows[what.id].attempts[0].verdict, verdict::ambiguous);
        }
    }
}

TEST(Engine, ParksWhatWaitsWhenDrainingAndTakesNothingNew) {
    core_world world;
    for (int i = 0; i < 9; ++i) {
        world.account.script.push_back(outcome(phase::maybe_sent, verdict::ambiguous));
    }
    world.submit(world.wish("k", true), milliseconds(50));
    world.core->begin_drain(std::chrono::steady_clock::time_point::max());
    EXPECT_TRUE(std::holds_alternative<unavailable>(world.submit(world.wish("new"))));
    world.run_for(milliseconds(100));
    EXPECT_EQ(world.core->at_work(), 0U);
    EXPECT_EQ(world.journal.rows.begin()->second.state, state::pending);
    world.account.script.clear();
    world.restart();
    world.run(world.core->pick_up());
    EXPECT_EQ(record_of(world.submit(world.wish("k", true))).state, state::succeeded);
}

TEST(Engine, ShowsACallerOnlyItsOwn) {
    core_world world;
    const auto mine = record_of(world.submit(world.wish("k")));
    const auto until = world.time.now();
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(
        world.run(world.core->find(mine.id, {.caller = caller_name("pos")}, until))
    ));
    EXPECT_TRUE(std::holds_alternative<not_found>(
        world.run(world.core->find(mine.id, {.caller = caller_name("kiosk")}, until))
    ));
    const visibility of_account{.accounts = {{account_name("shop-z")}}};
    EXPECT_TRUE(
        std::holds_alternative<not_found>(world.run(world.core->find(mine.id, of_account, until)))
    );
}

// Otherwise the time until the 404 would tell that it exists: as many reads of the journal, and no
// wait for its end.
TEST(Engine, LooksUpARedemptionOfOthersAsOneThatDoesNotExist) {
    core_world world;
    const auto done = record_of(world.submit(world.wish("done")));
    ASSERT_EQ(done.state, state::succeeded);
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto at_work = record_of(world.submit(world.wish("k", true), seconds(0)));
    ASSERT_EQ(at_work.state, state::pending);
    const redemption_id nobodys("01a2016f-fb5a-7000-953c-7a9e5ff6a088");
    const visibility others[] = {
        {.caller = caller_name("kiosk")}, {.accounts = {{account_name("shop-z")}}}
    };
    for (const auto& reader : others) {
        for (const auto& id : {at_work.id, done.id, nobodys}) {
            const auto before = world.journal.look_ups;
            const auto begun = world.time.now();
            const auto told = world.run(world.core->find(id, reader, begun + seconds(20)));
            EXPECT_TRUE(std::holds_alternative<not_found>(told)) << id.str();
            EXPECT_EQ(world.journal.look_ups - before, 1U) << id.str();
            EXPECT_EQ(world.time.now(), begun) << id.str();
        }
    }
}

// Its account permits one attempt at a time: a permit that were lost would block it for good.
TEST(Engine, GivesThePermitBackWhenTheWorkEndsByAnException) {
    core_world world;
    world.limits.in_flight = 1;
    world.restart();
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    world.submit(world.wish("broken"), milliseconds(20));
    world.journal.throws = true;
    world.submit(world.wish("broken"), milliseconds(600));
    EXPECT_EQ(std::exchange(world.faults, {}), std::vector<std::string>{"out of memory"});
    EXPECT_EQ(world.core->accounts()[0].in_flight, 0U);
    EXPECT_EQ(record_of(world.submit(world.wish("next"))).state, state::succeeded);
}

}  // namespace
}  // namespace gateway::redemption
