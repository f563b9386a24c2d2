#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared_world.hpp"

// A core that shares its journal with other processes (docs/journal.md, Several processes).

namespace gateway::redemption::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EngineShared, AnswersTheKeyOfAnotherProcessWithItsEnd) {
    std::optional<submit_outcome> answer;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    const auto wish = world.wish("k");
    world.start(world.core->submit(wish, world.waiting(5s)), answer);
    world.run_for(1s);
    EXPECT_FALSE(answer);
    shared_world::end(row, state::succeeded);
    world.run_for(300ms);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
    EXPECT_EQ(record_of(*answer).id, row.id);
    EXPECT_THAT(world.account.seen, IsEmpty());
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST(EngineShared, LetsAReaderWaitForTheEndElsewhere) {
    std::optional<find_outcome> answer;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    world.start(world.core->find(row.id, {}, world.waiting(5s)), answer);
    world.run_for(1s);
    EXPECT_FALSE(answer);
    shared_world::end(row, state::rejected);
    world.run_for(300ms);
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::get<redemption_snapshot>(*answer).record.state, state::rejected);
}

// The end is told by the other process at once, and known here with the next look only.
TEST(EngineShared, SaysNoMorePendingOnceAnotherProcessHasToldTheEnd) {
    std::optional<submit_outcome> waiting;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    world.start(world.core->submit(world.wish("k"), world.waiting(5s)), waiting);
    world.run_for(1s);
    shared_world::end(row, state::succeeded);
    EXPECT_EQ(record_of(world.submit(world.wish("k"), 0ms)).state, state::succeeded);
    const auto found = world.run(world.core->find(row.id, {}, world.waiting(0ms)));
    EXPECT_EQ(std::get<redemption_snapshot>(found).record.state, state::succeeded);
}

TEST(EngineShared, DoesNotSayPendingWithoutTheJournalWhenAnotherProcessWorksOnIt) {
    std::optional<submit_outcome> waiting;
    shared_world world;
    const auto& row = world.theirs(world.wish("k"));
    world.start(world.core->submit(world.wish("k"), world.waiting(60s)), waiting);
    world.run_for(1s);
    world.journal.hangs = true;
    const auto answer = world.submit(world.wish("k"), 0ms);
    EXPECT_TRUE(std::holds_alternative<acceptance_pending>(answer)) << "it may have been executed";
    const auto found = world.run(world.core->find(row.id, {}, world.waiting(0ms)));
    EXPECT_TRUE(std::holds_alternative<unavailable>(found));
    world.journal.hangs = false;
}

// It stood still for so long that another process may have taken over.
TEST(EngineShared, AsksTheJournalAboutItsOwnOnceItsTimeToSendIsOver) {
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.fellows.until = boot_time(0);
    EXPECT_EQ(record_of(world.submit(world.wish("k"), 0ms)).state, state::pending);
    world.journal.rows.at(wish.id).state = state::succeeded;
    EXPECT_EQ(record_of(world.submit(world.wish("k"), 0ms)).state, state::succeeded);
}

TEST(EngineShared, WaitsForItsTurnBehindAnotherProcess) {
    std::optional<submit_outcome> answer;
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.start(world.core->submit(wish, world.waiting(30s)), answer);
    world.run_for(20ms);
    ASSERT_EQ(world.account.seen.size(), 1U);
    world.journal.not_first = {wish.id};
    world.run_for(10s);
    EXPECT_EQ(world.account.seen.size(), 1U);
    EXPECT_EQ(std::count(world.journal.log.begin(), world.journal.log.end(), "not its turn"), 1);
    world.journal.not_first.clear();
    world.run_for(1s);
    EXPECT_EQ(world.account.seen.size(), 2U);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
}

TEST(EngineShared, ExpiresWhileAnotherProcessComesFirst) {
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.journal.not_first = {wish.id};
    world.run_for(61s);
    EXPECT_EQ(world.journal.rows.at(wish.id).state, state::failed);
}

TEST(EngineShared, SendsNothingThatAnotherProcessHasTakenOver) {
    std::optional<submit_outcome> answer;
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.start(world.core->submit(wish, world.waiting(30s)), answer);
    world.run_for(20ms);
    auto& row = world.journal.rows.at(wish.id);
    row.elsewhere = true;
    world.run_for(5s);
    EXPECT_EQ(world.account.seen.size(), 1U);
    shared_world::end(row, state::succeeded);
    world.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
}

TEST(EngineShared, FollowsEverythingOnceItWasDispossessed) {
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.journal.rows.at(wish.id).elsewhere = true;
    world.fellows.news.dispossessed = true;
    world.run_for(10s);
    EXPECT_EQ(world.account.seen.size(), 1U);
    EXPECT_EQ(world.core->at_work(), 1U);
}

TEST(EngineShared, TakesWhatNoProcessWorksOn) {
    shared_world world;
    const auto& row = world.theirs(world.wish("k"));
    world.run_for(3s);
    EXPECT_THAT(world.account.seen, IsEmpty());
    world.journal.free->insert(row.id);
    world.fellows.news.free_work = true;
    world.run_for(3s);
    EXPECT_EQ(row.state, state::succeeded);
}

TEST(EngineShared, RenewsItsLeaseWhileTheJournalHangs) {
    shared_world world;
    const auto& row = world.theirs(world.wish("k"));
    world.journal.free->insert(row.id);
    world.journal.hangs = true;
    world.fellows.news.free_work = true;
    world.run_for(2s);
    const auto before = world.fellows.demands.size();
    world.fellows.news.free_work = true;
    world.run_for(5s);
    EXPECT_GE(world.fellows.demands.size(), before + 4);
    world.journal.hangs = false;
    world.run_for(3s);
    EXPECT_EQ(row.state, state::succeeded);
}

TEST(EngineShared, GoesOnWithWhatItFollowedWhenItTakesIt) {
    std::optional<submit_outcome> answer;
    shared_world world;
    const auto& row = world.theirs(world.wish("k"));
    const auto wish = world.wish("k");
    world.start(world.core->submit(wish, world.waiting(30s)), answer);
    world.run_for(1s);
    world.journal.free->insert(row.id);
    world.fellows.news.free_work = true;
    world.run_for(3s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

// A reader follows it while the wish that starts it over is being written.
TEST(EngineShared, StartsOverOnceWhatItFollowed) {
    std::optional<submit_outcome> answer;
    std::optional<find_outcome> reader;
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    auto& row = world.theirs(world.wish("k"));
    world.journal.writes_hang = true;
    world.start(world.core->submit(world.wish("k"), world.waiting(30s)), answer);
    world.run_for(1ms);
    world.start(world.core->find(row.id, {}, world.waiting(30s)), reader);
    world.run_for(1ms);
    shared_world::end(row, state::failed);
    world.journal.writes_hang = false;
    world.run_for(10s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(record_of(*answer).state, state::succeeded);
    EXPECT_EQ(record_of(*answer).id, row.id);
    EXPECT_TRUE(reader);
    EXPECT_EQ(world.account.seen.size(), 2U);
    EXPECT_EQ(std::count(world.journal.log.begin(), world.journal.log.end(), "start 2"), 1);
}

// A reader follows it while a wish that can't start it over takes its place, and another wish
// follows it, too.
TEST(EngineShared, FollowsOneRedemptionTwice) {
    std::optional<submit_outcome> first;
    std::optional<submit_outcome> second;
    std::optional<find_outcome> reader;
    shared_world world;
    auto& row = world.theirs(world.wish("k"));
    world.journal.writes_hang = true;
    world.start(world.core->submit(world.wish("k"), world.waiting(1s)), first);
    world.run_for(1ms);
    world.start(world.core->find(row.id, {}, world.waiting(30s)), reader);
    world.run_for(1ms);
    row.state = state::failed;
    world.journal.during_restart = [&] {
        row.state = state::pending;  // another process was first
    };
    world.journal.writes_hang = false;
    world.run_for(50ms);
    ASSERT_TRUE(first);
    EXPECT_EQ(record_of(*first).state, state::pending);
    world.start(world.core->submit(world.wish("k"), world.waiting(30s)), second);
    world.run_for(1s);
    EXPECT_FALSE(reader);
    EXPECT_FALSE(second);
    shared_world::end(row, state::succeeded);
    world.run_for(1s);
    ASSERT_TRUE(second);
    EXPECT_EQ(record_of(*second).state, state::succeeded);
    ASSERT_TRUE(reader);
    EXPECT_EQ(std::get<redemption_snapshot>(*reader).record.state, state::succeeded);
}

TEST(EngineShared, GivesBackWhatItParks) {
    std::optional<find_outcome> reader;
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    const auto& other = world.theirs(world.wish("theirs"));
    world.start(world.core->find(other.id, {}, world.waiting(5s)), reader);
    world.run_for(1ms);
    EXPECT_THAT(world.given_back(), ElementsAre(wish.id));
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST(EngineShared, GivesBackWhatIsToldDuringTheDrainThatItIsNotItsTurn) {
    shared_world world;
    world.account.script = {outcome(phase::not_sent, verdict::not_executed)};
    const auto wish = world.wish("k");
    world.submit(wish, 20ms);
    world.journal.not_first = {wish.id};
    world.journal.writes_hang = true;
    world.run_for(5s);  // its next start is being written
    EXPECT_THAT(world.given_back(), IsEmpty());
    world.journal.writes_hang = false;
    world.run_for(1s);
    EXPECT_THAT(world.journal.given_back, ElementsAre(wish.id));
    EXPECT_EQ(world.core->at_work(), 0U);
}

// A journal whose first reading failed is opened anew, under the same engine.
TEST(EngineShared, RenewsOnceASecondHoweverOftenItPicksUp) {
    shared_world world;
    ASSERT_TRUE(world.run(world.core->pick_up()));
    world.fellows.demands.clear();
    world.run_for(10s);
    EXPECT_LE(world.fellows.demands.size(), 11U);
}

TEST(EngineShared, CallsNoFasterThanItsShare) {
    shared_world world;
    world.fellows.news.shares = {{account_name("shop"), 2.0}};
    world.run_for(1s);
    for (int i = 0; i < 100; ++i) {
        world.submit(world.wish("k" + std::to_string(i)), 0ms);
    }
    world.run_for(10s);
    EXPECT_GE(world.account.seen.size(), 20U);
    EXPECT_LE(world.account.seen.size(), 23U);
    const auto& demand = world.fellows.demands.back();
    ASSERT_EQ(demand.size(), 1U);
    EXPECT_GE(demand[0].wanted, 70) << "what waits is wanted";
}

TEST(EngineShared, HandsOnUntilWhenItMaySend) {
    shared_world world;
    world.fellows.until = 5min;
    world.submit(world.wish("k"));
    ASSERT_EQ(world.account.seen.size(), 1U);
    ASSERT_TRUE(world.account.seen[0].send_by);
    EXPECT_EQ(world.account.seen[0].send_by(), boot_time(5min));
    world.fellows.now_in = 2;
    EXPECT_EQ(world.account.seen[0].send_by(), boot_time(0)) << "its life is over";
}

}  // namespace
}  // namespace gateway::redemption::testing
