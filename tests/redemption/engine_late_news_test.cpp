// The core tells how an attempt ended whose redemption it has lost (docs/journal-postgres.md, One
// operation alone).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared_world.hpp"

namespace gateway::redemption::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EngineLateNews, TellsTheEndOfAnAttemptWhoseRedemptionWasTakenOver) {
    std::optional<submit_outcome> answer;
    shared_world world;
    const auto wish = world.wish("k");
    world.account.during = [&] {
        world.journal.rows.at(wish.id).elsewhere = true;
    };
    world.start(world.core->submit(wish, world.waiting(30s)), answer);
    world.run_for(1s);
    ASSERT_GE(world.journal.told_late.size(), 2U) << "until the other process has closed it";
    for (const auto& told : world.journal.told_late) {
        ASSERT_TRUE(told.ended);
        EXPECT_EQ(told.ended->verdict, verdict::executed);
    }
    EXPECT_FALSE(answer) << "what the other process makes of it counts";
    shared_world::end(world.journal.rows.at(wish.id), state::unknown);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::unknown);
    const auto times = world.journal.told_late.size();
    world.run_for(5s);
    EXPECT_EQ(world.journal.told_late.size(), times);
}

TEST(EngineLateNews, GivesUpTellingAnEndThatIsNeverClosed) {
    shared_world world;
    const auto wish = world.wish("k");
    world.account.during = [&] {
        world.journal.rows.at(wish.id).elsewhere = true;
    };
    world.submit(wish, 20ms);
    world.run_for(90s);
    const auto times = world.journal.told_late.size();
    EXPECT_GT(times, 100U);
    EXPECT_LT(times, 130U);
    world.run_for(5s);
    EXPECT_EQ(world.journal.told_late.size(), times);
}

TEST(EngineLateNews, ReportsThatAResolutionWasWrong) {
    shared_world world;
    const auto wish = world.wish("k");
    world.account.during = [&] {
        auto& row = world.journal.rows.at(wish.id);
        row.state = state::failed;
        row.elsewhere = true;
    };
    world.journal.contradicts_late_news = true;
    world.submit(wish, 1s);
    EXPECT_THAT(world.probe.contradicted, ElementsAre(wish.id));
}

// The start may have been written before the process lost the redemption.
TEST(EngineLateNews, TellsThatNothingWasSentWhenItLosesARedemptionAtAStart) {
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.journal.rows.at(wish.id).elsewhere = true;
    world.run_for(5s);
    EXPECT_EQ(world.account.seen.size(), 1U);
    ASSERT_EQ(world.journal.told_late.size(), 1U);
    const auto& told = world.journal.told_late[0];
    ASSERT_TRUE(told.ended);
    EXPECT_EQ(told.ended->number, 2U);
    EXPECT_EQ(told.ended->phase, phase::not_sent);
    EXPECT_EQ(told.ended->verdict, verdict::not_executed);
}

TEST(EngineLateNews, TellsThatNothingWasSentWhenItsAcceptanceIsFoundElsewhere) {
    std::optional<submit_outcome> answer;
    shared_world world;
    const auto wish = world.wish("k");
    world.journal.next_accept_is_lost = true;
    world.start(world.core->submit(wish, world.waiting(30s)), answer);
    world.run_for(1s);
    EXPECT_THAT(world.account.seen, IsEmpty());
    ASSERT_GE(world.journal.told_late.size(), 1U);
    ASSERT_TRUE(world.journal.told_late[0].ended);
    EXPECT_EQ(world.journal.told_late[0].ended->number, 1U);
    EXPECT_EQ(world.journal.told_late[0].ended->phase, phase::not_sent);
    shared_world::end(world.journal.rows.at(wish.id), state::rejected);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::rejected);
}

}  // namespace
}  // namespace gateway::redemption::testing
