// docs/redemption-rules.md, Time: a wall clock that jumps decides nothing that cannot be undone.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"
#include "redemption/rules/time_at_work.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::left_behind;
using testing::outcome;
using testing::record_of;

constexpr hours jumps[] = {hours(-1), hours(24 * 100)};

void never_sent(core_world& world) {
    for (int i = 0; i < 100; ++i) {
        world.account.script.push_back(outcome(phase::not_sent, verdict::not_executed));
    }
}

TEST(EngineTime, LetsARedemptionExpireOnTheSteadyClock) {
    for (const auto jump : jumps) {
        SCOPED_TRACE(jump.count());
        core_world world;
        never_sent(world);
        auto wish = world.wish("k");
        wish.expires_in = seconds(20);
        world.submit(wish, milliseconds(0));
        world.time.shift_wall(jump);
        world.run_for(seconds(2));
        const auto& row = world.journal.rows.begin()->second;
        EXPECT_EQ(row.state, state::pending);
        world.run_for(seconds(19));
        EXPECT_EQ(row.state, state::failed);
    }
}

TEST(EngineTime, ObeysABanOnTheSteadyClock) {
    for (const auto jump : jumps) {
        SCOPED_TRACE(jump.count());
        core_world world;
        auto banned = outcome(phase::answered, verdict::not_executed);
        banned.ban = seconds(10);
        world.account.script = {banned};
        world.submit(world.wish("k"), milliseconds(0));
        world.time.shift_wall(jump);
        world.run_for(seconds(9));
        EXPECT_EQ(world.account.seen.size(), 1U);
        world.run_for(seconds(2));
        EXPECT_EQ(world.account.seen.size(), 2U);
    }
}

TEST(EngineTime, GivesAStartOverAndARetryTheirWholeTime) {
    for (const auto jump : jumps) {
        SCOPED_TRACE(jump.count());
        core_world world;
        world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
        const auto unknown = record_of(world.submit(world.wish("k", false)));
        never_sent(world);
        world.run(world.core->retry(unknown.id, "", "ops"));
        world.time.shift_wall(jump);
        world.run_for(seconds(2));
        const auto& row = world.journal.rows.begin()->second;
        EXPECT_EQ(row.state, state::pending);
        world.run_for(seconds(59));
        EXPECT_EQ(row.state, state::unknown);
    }
}

struct restart_row {
    const char* name;
    milliseconds jump;
    milliseconds left;  // of a lifetime of 60 s, of which 20 s have passed
};

TEST(EngineTime, BoundsWhatIsLeftAfterARestart) {
    const restart_row rows[] = {
        {"the clock is right", hours(0), seconds(40)},
        {"set back", hours(-1), seconds(60)},
        {"far ahead", hours(24 * 100), seconds(0)},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        core_world world;
        const auto wish = world.wish("k");
        const auto what = left_behind(world, wish, "shop", state::pending);
        world.run_for(seconds(20));
        world.time.shift_wall(row.jump);
        const moment now{.steady = world.time.now(), .wall = world.time.wall_now()};
        const auto time = picked_up(what, now);
        EXPECT_EQ(time.deadline - now.steady, row.left);
        EXPECT_GE(time.age(now.steady), seconds(0));
    }
}

// Failing what was never sent is undone by the same request; what is in doubt does not expire.
TEST(EngineTime, LosesNothingToAClockThatIsFarAheadAtAStart) {
    core_world world;
    const auto unsent = world.wish("unsent");
    world.journal.rows[unsent.id] = left_behind(world, unsent, "shop", state::pending);
    const auto sent = world.wish("sent");
    auto doubtful = left_behind(world, sent, "shop", state::pending);
    doubtful.replay_safe = true;
    auto& attempt = doubtful.attempts.emplace_back();
    attempt.number = 1;
    attempt.started_at = doubtful.created_at;
    world.journal.rows[sent.id] = doubtful;
    world.time.shift_wall(hours(24 * 100));
    world.run(world.core->pick_up());
    world.run_for(seconds(2));
    EXPECT_EQ(world.journal.rows[sent.id].state, state::succeeded);
    EXPECT_EQ(world.journal.rows[unsent.id].state, state::failed);
    world.time.shift_wall(-hours(24 * 100));
    EXPECT_EQ(record_of(world.submit(unsent)).state, state::succeeded);
}

TEST(EngineTime, WritesNoTimeBeforeTheOneItFollows) {
    for (const auto verdict : {verdict::executed, verdict::refused, verdict::ambiguous}) {
        core_world world;
        world.account.script = {outcome(phase::answered, verdict)};
        world.account.during = [&] {
            world.time.shift_wall(-hours(1));
        };
        const auto what = record_of(world.submit(world.wish("k", false)));
        ASSERT_EQ(what.attempts.size(), 1U);
        EXPECT_GE(what.attempts[0].finished_at, what.attempts[0].started_at);
        EXPECT_GE(what.updated_at, what.created_at);
        for (const auto& [state, ages] : world.probe.ages) {
            for (const auto age : ages) {
                EXPECT_GE(age, milliseconds(0));
                EXPECT_LT(age, seconds(1));
            }
        }
    }
}

TEST(EngineTime, TellsHowLongARedemptionTookWhateverTheClockDoes) {
    for (const auto jump : jumps) {
        SCOPED_TRACE(jump.count());
        core_world world;
        world.account.takes = milliseconds(300);
        world.account.during = [&] {
            world.time.shift_wall(jump);
        };
        world.submit(world.wish("k"));
        ASSERT_EQ(world.probe.ages[state::succeeded].size(), 1U);
        EXPECT_EQ(world.probe.ages[state::succeeded][0], milliseconds(300));
    }
}

TEST(EngineTime, AsksNobodyToComeBackAfterItExpires) {
    core_world world;
    world.limits.requests_per_second = 0.02;  // the next call is permitted after 50 s
    world.restart();
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    auto wish = world.wish("k");
    wish.expires_in = seconds(30);
    for (const auto wait : {milliseconds(700), milliseconds(20'000)}) {
        const auto answer = world.submit(wish, wait);
        const auto* snapshot = std::get_if<redemption_snapshot>(&answer);
        ASSERT_TRUE(snapshot);
        ASSERT_EQ(snapshot->record.state, state::pending);
        EXPECT_LE(world.time.wall_now() + snapshot->ask_again, snapshot->record.expires_at);
    }
}

}  // namespace
}  // namespace gateway::redemption
