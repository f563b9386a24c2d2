// What an operator's word settles, and what may be repeated of it.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

bool refused(const operate_outcome& told) {
    return std::holds_alternative<not_allowed_now>(told);
}

// A redemption in doubt: unknown, or pending with attempts that stay ambiguous.
record in_doubt(core_world& world, bool replay_safe) {
    for (int i = 0; i < (replay_safe ? 30 : 1); ++i) {
        world.account.script.push_back(outcome(phase::maybe_sent, verdict::ambiguous));
    }
    return record_of(world.submit(world.wish("k", replay_safe), milliseconds(20)));
}

TEST(EngineResolution, MayBeRepeatedByTheSameOperatorWithTheSameWord) {
    for (const bool replay_safe : {false, true}) {
        for (const auto to : {state::succeeded, state::rejected, state::failed}) {
            SCOPED_TRACE(std::string(to_string(to)) + (replay_safe ? " pending" : " unknown"));
            core_world world;
            const auto id = in_doubt(world, replay_safe).id;
            const auto resolve = [&](state as, const char* who) {
                return world.run(world.core->resolve(id, as, "seen", who));
            };
            EXPECT_EQ(record_of(resolve(to, "ops")).state, to);
            EXPECT_EQ(record_of(resolve(to, "ops")).state, to) << "the same again";
            EXPECT_TRUE(refused(resolve(to, "other")));
            EXPECT_TRUE(
                refused(resolve(to == state::succeeded ? state::failed : state::succeeded, "ops"))
            );
            EXPECT_EQ(world.journal.rows[id].history.size(), 1U);
            EXPECT_EQ(
                world.probe.acted,
                std::vector<std::string>{"resolve " + std::string(to_string(to)) + " ops"}
            );
        }
    }
}

// Until it is durable the answer says so, and the same word again waits for the same.
TEST(EngineResolution, IsNotAnsweredBeforeItIsDurable) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto id = record_of(world.submit(world.wish("k"), milliseconds(20))).id;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    world.account.takes = seconds(45);
    world.run_for(seconds(1));
    ASSERT_EQ(world.account.seen.size(), 2U) << "an attempt is under way";
    const auto early = world.run(world.core->resolve(id, state::rejected, "seen", "ops"));
    EXPECT_TRUE(std::holds_alternative<acceptance_pending>(early));
    EXPECT_TRUE(refused(world.run(world.core->resolve(id, state::failed, "seen", "ops"))));
    EXPECT_TRUE(refused(world.run(world.core->resolve(id, state::rejected, "seen", "other"))));
    const auto late = world.run(world.core->resolve(id, state::rejected, "seen", "ops"));
    EXPECT_EQ(record_of(late).state, state::rejected);
    EXPECT_EQ(world.journal.rows[id].state, state::rejected);
    EXPECT_EQ(world.journal.rows[id].history.size(), 1U);
}

TEST(EngineResolution, IsAnsweredWhileTheJournalHangs) {
    core_world world;
    const auto id = in_doubt(world, false).id;
    world.journal.writes_hang = true;
    const auto early = world.run(world.core->resolve(id, state::failed, "seen", "ops"));
    EXPECT_TRUE(std::holds_alternative<acceptance_pending>(early));
    std::optional<operate_outcome> again;
    world.start(world.core->resolve(id, state::failed, "seen", "ops"), again);
    world.run_for(milliseconds(100));
    world.journal.writes_hang = false;
    world.run_for(milliseconds(100));
    ASSERT_TRUE(again);
    EXPECT_EQ(record_of(*again).state, state::failed);
    EXPECT_EQ(world.journal.rows[id].history.size(), 1U);
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST(EngineResolution, IsToldToCallersAsAnOperatorsDecision) {
    for (const auto to : {state::rejected, state::failed}) {
        core_world world;
        const auto id = in_doubt(world, false).id;
        world.run(world.core->resolve(id, to, "not in their books", "ops"));
        const auto& what = world.journal.rows[id];
        ASSERT_TRUE(what.error);
        EXPECT_EQ(what.error->source, error_source::operators);
        EXPECT_NE(what.error->detail.view().find("an operator decided"), std::string_view::npos);
        EXPECT_FALSE(what.error->said.message);
    }
}

struct after_start_over {
    const char* name;
    attempt_outcome came_to;
    state becomes;
};

// The operator's word settles every attempt before it.
TEST(EngineResolution, LetsAStartOverCountItsOwnAttemptsOnly) {
    auto skew = outcome(phase::answered, verdict::not_executed);
    skew.retry_once = true;
    const after_start_over rows[] = {
        {"refused", outcome(phase::answered, verdict::refused), state::rejected},
        {"not executed", skew, state::failed},
        {"ambiguous", outcome(phase::maybe_sent, verdict::ambiguous), state::unknown},
    };
    for (const auto& row : rows) {
        for (const auto jump : {hours(0), hours(-1), hours(1)}) {
            SCOPED_TRACE(std::string(row.name) + ' ' + std::to_string(jump.count()));
            core_world world;
            const auto id = in_doubt(world, false).id;
            world.run(world.core->resolve(id, state::failed, "not in their books", "ops"));
            world.time.shift_wall(jump);
            world.account.script = {row.came_to, row.came_to};
            const auto again = record_of(world.submit(world.wish("k", false)));
            EXPECT_EQ(again.id, id);
            EXPECT_EQ(again.state, row.becomes);
            EXPECT_FALSE(world.account.seen[1].ambiguous_before);
        }
    }
}

TEST(EngineResolution, LeavesTheDoubtOfALaterAttemptStanding) {
    core_world world;
    const auto id = in_doubt(world, true).id;
    world.run(world.core->resolve(id, state::failed, "", "ops"));
    world.time.shift_wall(-hours(1));
    world.account.script = {
        outcome(phase::maybe_sent, verdict::ambiguous), outcome(phase::answered, verdict::refused)
    };
    EXPECT_EQ(record_of(world.submit(world.wish("k", true))).state, state::unknown);
    EXPECT_TRUE(has_ambiguous_attempt(world.journal.rows[id]));
}

TEST(EngineResolution, CountsARetryAsAnAction) {
    core_world world;
    const auto id = in_doubt(world, false).id;
    world.run(world.core->retry(id, "", "ops"));
    EXPECT_EQ(world.probe.acted, std::vector<std::string>{"retry pending ops"});
}

// The platform's words are `message`; the gateway's reason is `detail`.
TEST(EngineResolution, KeepsTheGatewaysReasonApartFromThePlatformsWords) {
    core_world world;
    auto said = outcome(phase::answered, verdict::refused);
    said.said.message = base::fixed_text("no such code");
    world.account.script = {outcome(phase::not_sent, verdict::not_executed), said};
    const auto what = record_of(world.submit(world.wish("k")));
    ASSERT_EQ(what.attempts.size(), 2U);
    EXPECT_FALSE(what.attempts[0].said.message);
    EXPECT_EQ(what.attempts[0].detail, base::redacted_text(base::fixed_text("scripted")));
    EXPECT_EQ(what.attempts[1].said.message, base::redacted_text(base::fixed_text("no such code")));
    EXPECT_EQ(what.attempts[1].detail, base::redacted_text(base::fixed_text("scripted")));
}

}  // namespace
}  // namespace gateway::redemption
