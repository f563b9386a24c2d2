// Everything pending has a driver: without a configured account, and after a driver that failed.
#include <gtest/gtest.h>

#include <utility>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::core_world;
using testing::left_behind;
using testing::outcome;
using testing::record_of;

using faults = std::vector<std::string>;

attempt made(const record& of, std::optional<verdict> came_to) {
    attempt one;
    one.number = 1;
    one.started_at = of.created_at;
    if (came_to) {
        one.finished_at = of.created_at;
        one.phase = phase::maybe_sent;
        one.verdict = came_to;
    }
    return one;
}

// A pending redemption of an account that is not configured.
record orphan(const core_world& world, const submission& wish, bool replay_safe = true) {
    auto what = left_behind(world, wish, "gone", state::pending);
    what.replay_safe = replay_safe;
    return what;
}

TEST(EngineDriver, LetsAnUnsentOneWithoutItsAccountExpire) {
    core_world world;
    const auto wish = world.wish("k");
    world.journal.rows[wish.id] = orphan(world, wish);
    EXPECT_EQ(*world.run(world.core->pick_up()), 1U);
    EXPECT_EQ(world.core->at_work(), 1U);
    world.run_for(seconds(59));
    EXPECT_EQ(world.journal.rows[wish.id].state, state::pending);
    world.run_for(seconds(2));
    const auto& ended = world.journal.rows[wish.id];
    EXPECT_EQ(ended.state, state::failed);
    ASSERT_TRUE(ended.error);
    EXPECT_NE(ended.error->detail.view().find("not configured"), std::string_view::npos);
    EXPECT_TRUE(world.account.seen.empty());
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST(EngineDriver, KeepsOneInDoubtWithoutItsAccountPendingUntilAnOperatorResolvesIt) {
    for (const bool replay_safe : {true, false}) {
        SCOPED_TRACE(replay_safe);
        core_world world;
        const auto wish = world.wish("k");
        auto what = orphan(world, wish, replay_safe);
        what.attempts = {made(what, std::nullopt)};
        world.journal.rows[wish.id] = what;
        world.run(world.core->pick_up());
        world.run_for(minutes(10));
        const auto becomes = replay_safe ? state::pending : state::unknown;
        EXPECT_EQ(world.journal.rows[wish.id].state, becomes);
        const auto retried = world.run(world.core->retry(wish.id, "", "ops"));
        const auto* refused = std::get_if<not_allowed_now>(&retried);
        ASSERT_TRUE(refused);
        EXPECT_NE(refused->detail.view().find("account is not configured"), std::string::npos);
        const auto resolved =
            world.run(world.core->resolve(wish.id, state::succeeded, "seen in the app", "ops"));
        EXPECT_EQ(record_of(resolved).state, state::succeeded);
        EXPECT_TRUE(world.account.seen.empty());
        EXPECT_EQ(world.core->at_work(), 0U);
    }
}

TEST(EngineDriver, CountsAndListsWhatHasNoAccount) {
    core_world world;
    for (const char* key : {"k1", "k2"}) {
        const auto wish = world.wish(key);
        world.journal.rows[wish.id] = orphan(world, wish);
    }
    EXPECT_EQ(*world.run(world.core->pick_up()), 2U);
    EXPECT_EQ(world.probe.orphaned["gone"], std::vector<std::size_t>{2});
    const auto accounts = world.core->accounts();
    ASSERT_EQ(accounts.size(), 2U);
    EXPECT_TRUE(accounts[0].configured);
    EXPECT_EQ(accounts[0].pending, 0U);
    EXPECT_EQ(accounts[1].name, account_name("gone"));
    EXPECT_FALSE(accounts[1].configured);
    EXPECT_EQ(accounts[1].pending, 2U);
    world.run_for(seconds(61));
    EXPECT_EQ(world.probe.orphaned["gone"], (std::vector<std::size_t>{2, 1, 0}));
    EXPECT_EQ(world.core->accounts().size(), 1U);
}

struct repetition {
    const char* name;
    const char* account;  // what the repetition's account comes to
    state in;
};

const repetition repetitions[] = {
    {"still named, succeeded", "gone", state::succeeded},
    {"still named, failed", "gone", state::failed},
    {"still named, pending", "gone", state::pending},
    {"not named, another serves now, succeeded", "shop", state::succeeded},
    {"not named, another serves now, failed", "shop", state::failed},
    {"not named, another serves now, pending", "shop", state::pending},
};

// Not picked up before: the repetition finds what has lost its driver, and gives it one.
TEST(EngineDriver, AnswersARepetitionWhoseAccountLeftTheConfiguration) {
    for (const auto& r : repetitions) {
        SCOPED_TRACE(r.name);
        core_world world;
        auto wish = world.wish("k");
        wish.account = account_name(r.account);
        world.journal.rows[wish.id] = left_behind(world, wish, "gone", r.in);
        auto again = world.wish("k");
        again.account = wish.account;
        const auto answer = world.submit(again, seconds(1));
        if (r.in == state::failed) {
            const auto* refused = std::get_if<account_not_configured>(&answer);
            ASSERT_TRUE(refused) << "alternative " << answer.index();
            EXPECT_EQ(refused->record.id, wish.id);
        } else {
            EXPECT_EQ(record_of(answer).id, wish.id);
            EXPECT_EQ(record_of(answer).state, r.in);
        }
        EXPECT_TRUE(world.account.seen.empty());
        EXPECT_EQ(world.core->at_work(), r.in == state::pending ? 1U : 0U);
    }
}

TEST(EngineDriver, LetsAnOperatorResolveButNotRetryWhatAGoneAccountLeftUnknown) {
    core_world world;
    const auto wish = world.wish("k");
    world.journal.rows[wish.id] = left_behind(world, wish, "gone", state::unknown);
    const auto retried = world.run(world.core->retry(wish.id, "", "ops"));
    EXPECT_TRUE(std::holds_alternative<not_allowed_now>(retried));
    const auto resolved =
        world.run(world.core->resolve(wish.id, state::rejected, "asked the platform", "ops"));
    EXPECT_EQ(record_of(resolved).state, state::rejected);
    EXPECT_EQ(world.core->at_work(), 0U);
}

struct broken_driver {
    const char* name;
    bool replay_safe;
    std::size_t start_throws;
    std::size_t settle_throws;
    state becomes;
    std::size_t sends;
};

// A driver's knowledge beyond the journal is lost with it: an attempt without an end is ambiguous.
const broken_driver broken_drivers[] = {
    {"at the start of an attempt", false, 1, 0, state::succeeded, 2},
    {"at a settlement, replay-safe", true, 0, 1, state::succeeded, 3},
    {"at a settlement, not replay-safe", false, 0, 1, state::unknown, 2},
    {"three times in a row", true, 0, 3, state::succeeded, 3},
};

TEST(EngineDriver, GivesARedemptionAnotherDriverAfterOneThatFailed) {
    for (const auto& row : broken_drivers) {
        SCOPED_TRACE(row.name);
        core_world world;
        world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
        const auto early = world.submit(world.wish("k", row.replay_safe), milliseconds(20));
        EXPECT_EQ(record_of(early).state, state::pending);
        world.journal.throws = row.start_throws > 0;
        world.journal.settle_throws = row.settle_throws;
        const auto late = world.submit(world.wish("k", row.replay_safe), seconds(30));
        EXPECT_EQ(record_of(late).state, row.becomes);
        EXPECT_EQ(world.account.seen.size(), row.sends);
        EXPECT_EQ(std::exchange(world.faults, {}).size(), row.start_throws + row.settle_throws);
        EXPECT_EQ(world.core->at_work(), 0U);
        EXPECT_EQ(record_of(world.submit(world.wish("next"))).state, state::succeeded);
    }
}

TEST(EngineDriver, WaitsLongerAfterEachDriverThatFailed) {
    core_world world;
    world.journal.settle_throws = 1'000;
    world.submit(world.wish("k"), milliseconds(20));
    world.run_for(seconds(70));
    const auto failed = std::exchange(world.faults, {}).size();
    EXPECT_GE(failed, 6U);
    EXPECT_LE(failed, 8U);
    world.journal.settle_throws = 0;
    world.run_for(minutes(3));
    EXPECT_EQ(world.journal.rows.begin()->second.state, state::succeeded);
    world.faults.clear();
}

// The order's next one waits as long as the one whose driver failed may still be sent.
TEST(EngineDriver, KeepsTheTurnOfAnOrderThroughADriverThatFailed) {
    core_world world;
    auto first = world.wish("first", true, R"({"n":1})");
    auto second = world.wish("second", true, R"({"n":2})");
    first.terms.orders = second.terms.orders = {order_key("order_id:1")};
    world.journal.settle_throws = 1;
    world.submit(first, milliseconds(0));
    world.submit(second, milliseconds(0));
    world.run_for(seconds(5));
    EXPECT_EQ(std::exchange(world.faults, {}).size(), 1U);
    EXPECT_EQ(
        world.account.params, (std::vector<std::string>{R"({"n":1})", R"({"n":1})", R"({"n":2})"})
    );
}

// The result of a look-up may be old when it is answered: the driver reads again before it does
// anything.
TEST(EngineDriver, SendsNothingThatHasEndedSinceItWasLookedUp) {
    core_world world;
    const auto wish = world.wish("k");
    world.journal.rows[wish.id] = left_behind(world, wish, "shop", state::pending);
    world.journal.broken = journal_error{.reason = base::fixed_text("disk full")};
    world.journal.after_find_by_key = [&] {
        world.journal.rows[wish.id].state = state::succeeded;
    };
    EXPECT_EQ(record_of(world.submit(world.wish("k"), milliseconds(0))).state, state::pending);
    world.journal.broken.reset();
    world.run_for(seconds(2));
    EXPECT_TRUE(world.account.seen.empty());
    EXPECT_EQ(world.journal.rows[wish.id].state, state::succeeded);
    EXPECT_EQ(world.core->at_work(), 0U);
}

// What is read from the journal again names the account as it was when it was accepted.
TEST(EngineDriver, GoesOnWithARenamedAccountAfterADriverThatFailed) {
    core_world world;
    const auto wish = world.wish("k");
    auto what = left_behind(world, wish, "shop", state::pending);
    what.identity = world.account.identity();
    what.replay_safe = true;
    world.journal.rows[wish.id] = what;
    world.account.rename("store");
    world.journal.settle_throws = 1;
    world.restart_and_pick_up();
    world.run_for(milliseconds(600));
    EXPECT_EQ(std::exchange(world.faults, {}).size(), 1U);
    EXPECT_EQ(world.core->accounts()[0].pending, 1U);
    world.run_for(seconds(5));
    EXPECT_EQ(world.journal.rows[wish.id].state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
    EXPECT_TRUE(world.probe.orphaned.empty());
    ASSERT_EQ(world.core->accounts().size(), 1U) << "nothing is counted under the old name";
    EXPECT_EQ(world.core->accounts()[0].pending, 0U);
}

TEST(EngineDriver, GivesOneOfARenamedAccountThatALookUpFoundItsNewName) {
    core_world world;
    const auto wish = world.wish("k");
    auto what = left_behind(world, wish, "shop", state::pending);
    what.identity = world.account.identity();
    world.account.rename("store");
    world.restart_and_pick_up();
    world.journal.rows[wish.id] = what;
    world.submit(world.wish("k"), milliseconds(0));  // of an account that is not configured
    EXPECT_EQ(world.core->accounts().size(), 1U);
    EXPECT_EQ(world.core->accounts()[0].pending, 1U);
    world.run_for(seconds(2));
    EXPECT_EQ(world.journal.rows[wish.id].state, state::succeeded);
    EXPECT_TRUE(world.probe.orphaned.empty());
}

// An operator sends an unknown one again while others look it up: the journal has its end before
// its driver does, and no caller may see "pending" after that end.
TEST(EngineDriver, ShowsNoEndBeforeItsDriverKnowsIt) {
    core_world world;
    const auto wish = world.wish("k");
    world.journal.rows[wish.id] = left_behind(world, wish, "shop", state::unknown);
    world.journal.look_ups_hang = true;
    std::optional<submit_outcome> repeated;
    world.journal.broken = journal_error{.reason = base::fixed_text("disk full")};
    world.start(world.core->submit(world.wish("k"), world.waiting(milliseconds(0))), repeated);
    world.run_for(milliseconds(1));
    world.journal.broken.reset();
    std::optional<find_outcome> by_id;
    std::optional<find_outcome> by_key;
    const visibility own{.caller = wish.caller, .accounts = {}};
    world.start(world.core->find(wish.id, own, world.waiting(milliseconds(0))), by_id);
    world.start(world.core->find_by_key(wish.caller, wish.key), by_key);
    world.account.during = [&] {
        world.journal.settlements_answer_late = true;
    };
    world.run(world.core->retry(wish.id, "", "ops"));
    world.run_for(milliseconds(50));
    ASSERT_EQ(world.journal.rows[wish.id].state, state::succeeded);
    world.journal.look_ups_hang = false;
    world.run_for(milliseconds(50));
    ASSERT_TRUE(repeated && by_id && by_key);
    EXPECT_EQ(record_of(*repeated).state, state::pending);
    EXPECT_FALSE(std::get<redemption_snapshot>(*repeated).replayed);
    EXPECT_EQ(std::get<redemption_snapshot>(*by_id).record.state, state::pending);
    EXPECT_EQ(std::get<redemption_snapshot>(*by_key).record.state, state::pending);
    world.journal.settlements_answer_late = false;
    world.run_for(milliseconds(50));
    const auto after = world.run(world.core->find(wish.id, own, world.waiting(milliseconds(0))));
    EXPECT_EQ(std::get<redemption_snapshot>(after).record.state, state::succeeded);
}

TEST(EngineDriver, ParksWhatWaitsForAnotherDriver) {
    core_world world;
    world.journal.settle_throws = 1;
    world.submit(world.wish("k"), milliseconds(20));
    world.faults.clear();
    world.core->begin_drain(std::chrono::steady_clock::time_point::max());
    world.run_for(milliseconds(10));
    EXPECT_EQ(world.core->at_work(), 0U);
    EXPECT_EQ(world.journal.rows.begin()->second.state, state::pending);
}

}  // namespace
}  // namespace gateway::redemption
