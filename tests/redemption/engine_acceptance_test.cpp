// Answers to callers while the journal does not answer, and the ends of their redemptions.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

bool is_pending_acceptance(const submit_outcome& answer) {
    return std::holds_alternative<acceptance_pending>(answer);
}

TEST(EngineAcceptance, TellsACallerInTimeThatItIsNotKnownYetWhetherItWasTaken) {
    core_world world;
    world.journal.writes_hang = true;
    const auto asked = world.time.now();
    EXPECT_TRUE(is_pending_acceptance(world.submit(world.wish("k"), milliseconds(0))));
    EXPECT_EQ(world.time.now() - asked, seconds(2));
    EXPECT_TRUE(is_pending_acceptance(world.submit(world.wish("k"), milliseconds(100))))
        << "a repetition attaches";
    EXPECT_TRUE(world.account.seen.empty());
    EXPECT_EQ(world.core->at_work(), 1U);
    world.journal.writes_hang = false;
    const auto answer = world.submit(world.wish("k"));
    EXPECT_EQ(record_of(answer).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

// As its callers were told: it may be sent although none of them came back.
TEST(EngineAcceptance, GoesOnWhenTheJournalAnswersWithoutItsCallers) {
    core_world world;
    world.journal.writes_hang = true;
    EXPECT_TRUE(is_pending_acceptance(world.submit(world.wish("k"), milliseconds(100))));
    world.journal.writes_hang = false;
    world.run_for(seconds(1));
    EXPECT_EQ(world.account.seen.size(), 1U);
    EXPECT_EQ(world.journal.rows.begin()->second.state, state::succeeded);
}

TEST(EngineAcceptance, IsPendingAsWellForOneThatStartsOver) {
    core_world world;
    auto skew = outcome(phase::answered, verdict::not_executed);
    skew.retry_once = true;
    world.account.script = {skew, skew};
    ASSERT_EQ(record_of(world.submit(world.wish("k"))).state, state::failed);
    world.journal.writes_hang = true;
    const auto asked = world.time.now();
    EXPECT_TRUE(is_pending_acceptance(world.submit(world.wish("k"), milliseconds(0))));
    EXPECT_EQ(world.time.now() - asked, seconds(2));
    world.journal.writes_hang = false;
    EXPECT_EQ(record_of(world.submit(world.wish("k"))).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 3U);
}

// A crash may bring back what is in doubt, and then it is sent.
TEST(EngineAcceptance, IsPendingWhenTheCommitIsInDoubt) {
    core_world world;
    world.journal.accept_fault =
        journal_error{.reason = base::fixed_text("flush failed"), .in_doubt = true};
    EXPECT_TRUE(is_pending_acceptance(world.submit(world.wish("k"))));
    EXPECT_TRUE(world.account.seen.empty());
    world.restart_and_pick_up();
    world.run_for(seconds(1));
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST(EngineAcceptance, IsRefusedWhenNothingOfItWasWritten) {
    core_world world;
    world.journal.accept_fault = journal_error{.reason = base::fixed_text("disk full")};
    const auto answer = world.submit(world.wish("k"));
    const auto* why = std::get_if<unavailable>(&answer);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->reason, unavailable::why::journal);
}

struct earlier_answer {
    const char* name;
    attempt_outcome came_to;
    state is;
};

TEST(EngineAcceptance, ReplaysAnswersGivenBeforeWhileWritingHangs) {
    const earlier_answer answers[] = {
        {"succeeded", outcome(phase::answered, verdict::executed), state::succeeded},
        {"rejected", outcome(phase::answered, verdict::refused), state::rejected},
        {"unknown", outcome(phase::maybe_sent, verdict::ambiguous), state::unknown},
    };
    for (const auto& row : answers) {
        SCOPED_TRACE(row.name);
        core_world world;
        world.account.script = {row.came_to};
        const auto first = record_of(world.submit(world.wish("k", false)));
        ASSERT_EQ(first.state, row.is);
        world.journal.writes_hang = true;
        const auto asked = world.time.now();
        const auto again = world.submit(world.wish("k", false), milliseconds(0));
        EXPECT_LT(world.time.now() - asked, seconds(2));
        EXPECT_EQ(record_of(again).id, first.id);
        EXPECT_EQ(record_of(again).state, row.is);
        world.journal.writes_hang = false;
        world.run_for(seconds(1));
        EXPECT_EQ(world.account.seen.size(), 1U);
        EXPECT_EQ(world.core->at_work(), 0U);
    }
}

// Nothing of a drain waits for a disk that hangs.
TEST(EngineAcceptance, IsAnsweredForInTimeByADrain) {
    core_world world;
    const auto done = record_of(world.submit(world.wish("done")));
    world.journal.hangs = true;
    std::optional<submit_outcome> waiting;
    world.start(world.core->submit(world.wish("k"), world.waiting(seconds(60))), waiting);
    world.run_for(milliseconds(100));
    world.core->begin_drain(world.time.now() + seconds(1));
    const auto found = world.run(world.core->find(done.id, {}, {}));
    EXPECT_TRUE(std::holds_alternative<unavailable>(found));
    world.run_for(milliseconds(50));
    ASSERT_TRUE(waiting);
    EXPECT_TRUE(is_pending_acceptance(*waiting));
    world.journal.hangs = false;
}

}  // namespace
}  // namespace gateway::redemption
