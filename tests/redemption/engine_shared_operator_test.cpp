#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared_world.hpp"

// Operators' actions on a journal that several processes share (docs/journal.md, Several
// processes).

namespace gateway::redemption::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(EngineSharedOperator, LeavesAnOperatorsWordForTheProcessThatWorksOnIt) {
    std::optional<operate_outcome> answer;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    row.attempts.emplace_back().verdict = verdict::ambiguous;
    world.start(world.core->resolve(row.id, state::succeeded, "seen", "ops"), answer);
    world.run_for(1s);
    ASSERT_EQ(world.journal.words.size(), 1U);
    EXPECT_EQ(world.journal.words[0].second.who, "ops");
    EXPECT_FALSE(answer);
    shared_world::end(row, state::succeeded);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
}

TEST(EngineSharedOperator, TellsAWordAgainThatHasBeenObeyedElsewhere) {
    std::optional<find_outcome> reader;
    std::optional<operate_outcome> answer;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    row.attempts.emplace_back().verdict = verdict::ambiguous;
    world.start(world.core->find(row.id, {}, world.waiting(5s)), reader);
    world.run_for(1ms);
    row.history.push_back({
        .at = world.time.wall_now(),
        .who = "ops",
        .action = "resolve",
        .note = "seen",
        .from = state::pending,
        .to = state::succeeded,
    });
    shared_world::end(row, state::succeeded);
    world.start(world.core->resolve(row.id, state::succeeded, "seen", "ops"), answer);
    world.run_for(50ms);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(*answer));
}

// A process that stood still does not know yet that another one has taken its redemption over.
TEST(EngineSharedOperator, TellsAWordAgainThatWasObeyedAfterItLostTheRedemption) {
    std::optional<operate_outcome> answer;
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    auto& row = world.journal.rows.at(wish.id);
    row.history.push_back({
        .at = world.time.wall_now(),
        .who = "ops",
        .action = "resolve",
        .note = "seen",
        .from = state::unknown,
        .to = state::rejected,
    });
    shared_world::end(row, state::rejected);
    world.start(world.core->resolve(wish.id, state::rejected, "seen", "ops"), answer);
    world.run_for(50ms);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::rejected);
}

// An unknown redemption whose attempt began just now and was broken off with its process.
record& broken_off_just_now(shared_world& world) {
    auto& row = world.theirs(world.wish("k"));
    shared_world::end(row, state::unknown);
    auto& broken_off = row.attempts.emplace_back();
    broken_off.number = 1;
    broken_off.started_at = world.time.wall_now();
    broken_off.verdict = verdict::ambiguous;
    row.error.emplace().source = error_source::gateway;
    return row;
}

TEST(EngineSharedOperator, SendsNothingAgainByHandThatItsProcessMayStillSend) {
    std::optional<operate_outcome> answer;
    shared_world world;
    const auto& row = broken_off_just_now(world);
    world.start(world.core->retry(row.id, "seen", "ops"), answer);
    world.run_for(59s);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<not_allowed_now>(*answer));
    world.run_for(2s);
    answer.reset();
    world.start(world.core->retry(row.id, "seen", "ops"), answer);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(*answer));
}

TEST(EngineSharedOperator, CallsNothingFailedThatItsProcessMayStillSend) {
    std::optional<operate_outcome> answer;
    shared_world world;
    const auto& row = broken_off_just_now(world);
    for (const auto to : {state::failed, state::rejected}) {
        answer.reset();
        world.start(world.core->resolve(row.id, to, "seen", "ops"), answer);
        world.run_for(1s);
        ASSERT_TRUE(answer);
        EXPECT_TRUE(std::holds_alternative<not_allowed_now>(*answer)) << to_string(to);
    }
    world.run_for(60s);
    answer.reset();
    world.start(world.core->resolve(row.id, state::failed, "seen", "ops"), answer);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(*answer));
}

TEST(EngineSharedOperator, CallsSucceededAtOnceWhatItsProcessMayStillSend) {
    std::optional<operate_outcome> answer;
    shared_world world;
    const auto& row = broken_off_just_now(world);
    world.start(world.core->resolve(row.id, state::succeeded, "seen", "ops"), answer);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
}

TEST(EngineSharedOperator, LeavesAWordAboutADoubtThatCameSinceItFollows) {
    std::optional<find_outcome> reader;
    std::optional<operate_outcome> answer;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    world.start(world.core->find(row.id, {}, world.waiting(5s)), reader);
    world.run_for(1ms);
    row.attempts.emplace_back().verdict = verdict::ambiguous;
    world.start(world.core->resolve(row.id, state::succeeded, "seen", "ops"), answer);
    world.run_for(50ms);
    EXPECT_FALSE(answer);
    EXPECT_EQ(world.journal.words.size(), 1U);
}

TEST(EngineSharedOperator, ObeysAWordThatWasLeft) {
    shared_world world;
    for (int i = 0; i < 50; ++i) {
        world.account.script.push_back(outcome(phase::maybe_sent, verdict::ambiguous));
    }
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.fellows.news.words.emplace_back(
        wish.id, operator_resolution{.to = state::succeeded, .note = "seen", .who = "ops"}
    );
    world.run_for(3s);
    EXPECT_EQ(world.journal.rows.at(wish.id).state, state::succeeded);
    EXPECT_THAT(world.probe.acted, ElementsAre("resolve succeeded ops"));
}

}  // namespace
}  // namespace gateway::redemption::testing
