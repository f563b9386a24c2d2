// docs/redemption-rules.md, Account faults, Circuit breaker, Bans and Admission, as the engine
// obeys them.
#include <gtest/gtest.h>

#include <optional>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

TEST(EngineLimits, PausesAnAccountAndFailsItsRedemptionsOnlyWhenTheyExpire) {
    core_world world;
    auto fault = outcome(phase::answered, verdict::not_executed);
    fault.stops = fault_scope::account;
    fault.detail = "invalid session";
    world.account.script = {fault};
    auto wish = world.wish("k", false);
    wish.expires_in = seconds(1);
    const auto answer = world.submit(wish);
    EXPECT_EQ(record_of(answer).state, state::failed);
    EXPECT_EQ(world.account.seen.size(), 1U);
    EXPECT_EQ(world.probe.paused, 1);
    ASSERT_EQ(world.core->accounts().size(), 1U);
    EXPECT_TRUE(world.core->accounts()[0].paused);
    EXPECT_EQ(world.core->accounts()[0].why, "invalid session");

    const auto waiting = world.submit(world.wish("k2", false), milliseconds(50));
    EXPECT_EQ(record_of(waiting).state, state::pending);
    world.core->secrets_changed(account_name("shop"));
    EXPECT_EQ(record_of(world.submit(world.wish("k2", false))).state, state::succeeded);
    EXPECT_EQ(world.probe.resumed, 1);
}

TEST(EngineLimits, RefusesWhatIsOneTooManyBeforeItIsAccepted) {
    core_world world;
    world.limits = {.requests_per_second = 100'000, .in_flight = 1, .queue = 1};
    world.restart();
    world.account.takes = milliseconds(50);
    world.submit(world.wish("k1"), milliseconds(0));
    world.submit(world.wish("k2"), milliseconds(0));
    const auto answer = world.submit(world.wish("k3"));
    ASSERT_TRUE(std::holds_alternative<unavailable>(answer));
    EXPECT_EQ(std::get<unavailable>(answer).reason, unavailable::why::saturated);
    EXPECT_GE(std::get<unavailable>(answer).retry_after, seconds(1));
    EXPECT_EQ(world.journal.rows.size(), 2U) << "nothing is kept of what was refused";
    EXPECT_EQ(world.probe.turned, std::vector<std::string>{"queue_full"});
    EXPECT_EQ(record_of(world.submit(world.wish("k2"))).state, state::succeeded);
    EXPECT_EQ(record_of(world.submit(world.wish("k3"))).state, state::succeeded);
}

TEST(EngineLimits, AnswersARepetitionEvenWhenItCouldTakeNothingNew) {
    core_world world;
    world.limits = {.requests_per_second = 100'000, .in_flight = 1, .queue = 0};
    world.restart();
    world.submit(world.wish("old"));
    world.account.takes = milliseconds(50);
    world.submit(world.wish("k"), milliseconds(0));
    const auto replayed = world.submit(world.wish("old"));
    EXPECT_EQ(record_of(replayed).state, state::succeeded);
    EXPECT_EQ(record_of(world.submit(world.wish("k"))).state, state::succeeded) << "attached";
    EXPECT_TRUE(world.probe.turned.empty());
}

attempt_outcome unreachable() {
    auto fault = outcome(phase::not_sent, verdict::not_executed);
    fault.transport_fault = true;
    fault.detail = "connection refused";
    return fault;
}

TEST(EngineLimits, LeavesAHostAloneThatDoesNotAnswerAndFailsNoneForIt) {
    core_world world;
    world.limits.breaker = {.faults = 3, .pause = milliseconds(200), .longest_pause = seconds(1)};
    world.restart();
    for (int i = 0; i < 4; ++i) {
        world.account.script.push_back(unreachable());
    }
    for (int i = 0; i < 3; ++i) {
        world.submit(world.wish("k" + std::to_string(i), false), milliseconds(30));
    }
    EXPECT_EQ(world.probe.opened, 1);
    const auto shop = world.core->accounts()[0];
    EXPECT_EQ(shop.breaker, breaker_state::open);
    EXPECT_EQ(shop.last_fault, "connection refused");
    const auto sends = world.account.seen.size();
    const auto late = world.submit(world.wish("late", false), milliseconds(50));
    EXPECT_EQ(record_of(late).state, state::pending);
    EXPECT_EQ(world.account.seen.size(), sends);
    for (const auto* key : {"k0", "k1", "k2", "late"}) {
        EXPECT_EQ(record_of(world.submit(world.wish(key, false))).state, state::succeeded) << key;
    }
    EXPECT_EQ(world.probe.closed, 1);
    EXPECT_EQ(world.core->accounts()[0].breaker, breaker_state::closed);
}

// The redemptions behind the one that met the ban end at once like it, not when they expire.
TEST(EngineLimits, KeepsNoneWaitingForABanThatOutlastsIt) {
    core_world world;
    world.limits = {.requests_per_second = 100'000, .in_flight = 1};
    world.restart();
    world.account.takes = milliseconds(50);
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = seconds(3600);
    world.account.script = {banned};
    std::optional<submit_outcome> answers[3];
    const auto until = world.time.now() + seconds(5);
    for (auto& answer : answers) {
        const auto number = std::to_string(&answer - answers);
        world.start(world.core->submit(world.wish("k" + number, false), until), answer);
    }
    world.run_for(milliseconds(500));
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer);
        EXPECT_EQ(record_of(*answer).state, state::failed);
        EXPECT_GT(std::get<redemption_snapshot>(*answer).ask_again, seconds(1));
    }
    EXPECT_EQ(world.account.seen.size(), 1U);
}

// A ban of days that the platform does not mean: one call tries it every few minutes.
TEST(EngineLimits, TriesABanThatNoDocumentNamesAndGoesOnWhenItIsOver) {
    core_world world;
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = seconds(999'999);
    banned.ban_doubted = true;
    world.account.script = {banned, banned};
    auto wish = world.wish("k");
    wish.expires_in = std::chrono::hours(24);
    world.submit(std::move(wish), milliseconds(10));
    ASSERT_EQ(world.core->accounts()[0].bans.size(), 1U);
    EXPECT_TRUE(world.core->accounts()[0].bans[0].trial_in);
    EXPECT_EQ(world.account.seen.size(), 1U);
    world.run_for(std::chrono::minutes(4));
    EXPECT_EQ(world.account.seen.size(), 1U);
    world.run_for(std::chrono::minutes(2));
    EXPECT_EQ(world.account.seen.size(), 2U);
    world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(world.account.seen.size(), 3U);
    EXPECT_EQ(record_of(world.submit(world.wish("k"))).state, state::succeeded);
    EXPECT_TRUE(world.core->accounts()[0].bans.empty());
}

TEST(EngineLimits, AnOperatorLiftsABanForGood) {
    core_world world;
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = seconds(999'999);
    world.account.script = {banned};
    world.submit(world.wish("k", false), milliseconds(10));
    ASSERT_EQ(world.core->accounts()[0].bans.size(), 1U);
    const account_name shop("shop");
    const auto answer = world.run(world.core->try_now(shop, std::nullopt, "ops"));
    ASSERT_TRUE(std::holds_alternative<account_health>(answer));
    EXPECT_TRUE(std::get<account_health>(answer).bans.empty());
    EXPECT_EQ(world.probe.tried, std::vector<std::string>{"shop by ops"});
    EXPECT_EQ(record_of(world.submit(world.wish("k2", false))).state, state::succeeded);
    world.restart_and_pick_up();
    EXPECT_TRUE(world.core->accounts()[0].bans.empty()) << "the next start does not bring it back";
}

TEST(EngineLimits, AnOperatorCanTryNoAccountThatIsNotConfigured) {
    core_world world;
    const auto answer =
        world.run(world.core->try_now(account_name("no-such"), std::nullopt, "ops"));
    EXPECT_TRUE(std::holds_alternative<not_found>(answer));
    EXPECT_TRUE(world.probe.tried.empty());
}

TEST(EngineLimits, LiftsNothingThatTheJournalWouldBringBack) {
    core_world world;
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = seconds(999'999);
    world.account.script = {banned};
    world.submit(world.wish("k", false), milliseconds(10));
    world.journal.broken = journal_error{base::fixed_text("the disk is full")};
    const auto answer = world.run(world.core->try_now(account_name("shop"), std::nullopt, "ops"));
    EXPECT_TRUE(std::holds_alternative<unavailable>(answer));
    EXPECT_EQ(world.core->accounts()[0].bans.size(), 1U);
}

}  // namespace
}  // namespace gateway::redemption
