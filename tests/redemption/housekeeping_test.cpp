#include "redemption/engine/housekeeping.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/task_group.hpp"
#include "memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Housekeeping : ::testing::Test {
    ~Housekeeping() override {
        chores_.stop();
        time_.run_for(seconds(1));
        EXPECT_EQ(tasks_.size(), 0U);
    }

    support::virtual_time time_;
    base::task_group tasks_{time_.executor(), [](const std::exception& fault) {
                                ADD_FAILURE() << fault.what();
                            }};
    testing::memory_journal journal_{time_};
    std::vector<std::size_t> removed_;
    std::vector<bool> pauses_;
    housekeeping chores_{
        time_,
        journal_,
        {.retention = std::chrono::hours(1), .step = 200, .first_sweep_after = milliseconds(0)},
        {[this](std::size_t rows, time_point) { removed_.push_back(rows); },
         [this](bool paused) {
             pauses_.push_back(paused);
         }}
    };
};

TEST_F(Housekeeping, ProbesTheJournalDuringTroubleOnly) {
    tasks_.spawn(chores_.watch_trouble());
    time_.run_for(seconds(10));
    EXPECT_EQ(journal_.probes, 0U);
    journal_.broken = journal_error{base::fixed_text("disk full")};
    time_.run_for(seconds(10));
    EXPECT_EQ(journal_.probes, 20U) << "every half second";
    journal_.broken.reset();
    time_.run_for(seconds(10));
    EXPECT_EQ(journal_.probes, 20U);
}

TEST_F(Housekeeping, RemovesWhatIsOldInSmallSteps) {
    journal_.removable = 450;
    tasks_.spawn(chores_.sweep());
    time_.run_for(seconds(1));
    EXPECT_EQ(removed_, (std::vector<std::size_t>{200, 200, 50}));
    EXPECT_EQ(
        journal_.removed_before, time_.wall_now() - std::chrono::hours(1) - milliseconds(900)
    );
    journal_.removable = 1;
    time_.run_for(minutes(1));
    EXPECT_EQ(removed_.back(), 1U) << "it looks once a minute";
}

TEST_F(Housekeeping, RemovesNothingDuringTrouble) {
    journal_.removable = 1;
    journal_.broken = journal_error{base::fixed_text("disk full")};
    tasks_.spawn(chores_.sweep());
    time_.run_for(minutes(3));
    EXPECT_TRUE(removed_.empty());
    journal_.broken.reset();
    time_.run_for(minutes(1));
    EXPECT_EQ(removed_, std::vector<std::size_t>{1});
}

// One reading of a clock that is wrong must not decide what cannot be undone.
TEST_F(Housekeeping, RemovesNothingBecauseTheClockJumps) {
    journal_.newest = time_.wall_now();
    tasks_.spawn(chores_.sweep());
    time_.run_for(minutes(5));
    time_.shift_wall(hours(24 * 100));
    journal_.newest = time_.wall_now();
    journal_.removable = 7;
    time_.run_for(minutes(5));
    EXPECT_TRUE(removed_.empty());
    EXPECT_EQ(pauses_, std::vector<bool>{true}) << "said once";
    time_.shift_wall(-hours(24 * 100));
    time_.run_for(minutes(2));
    EXPECT_EQ(pauses_, (std::vector<bool>{true, false}));
    EXPECT_EQ(removed_, std::vector<std::size_t>{7});
    EXPECT_LE(*journal_.removed_before, time_.wall_now() - hours(1));
}

TEST_F(Housekeeping, CountsAgeFromAClockThatIsBehindToo) {
    journal_.newest = time_.wall_now();
    tasks_.spawn(chores_.sweep());
    time_.run_for(minutes(5));
    time_.shift_wall(-hours(24 * 100));
    journal_.removable = 7;
    time_.run_for(minutes(2));
    EXPECT_LE(*journal_.removed_before, time_.wall_now() - hours(1)) << "it only delays";
    EXPECT_TRUE(std::none_of(pauses_.begin(), pauses_.end(), [](bool paused) { return paused; }));
}

TEST_F(Housekeeping, WaitsAfterAStartForAClockToBeSetRight) {
    housekeeping careful(
        time_,
        journal_,
        {.retention = hours(1)},
        {[this](std::size_t rows, time_point) { removed_.push_back(rows); }, {}}
    );
    journal_.removable = 7;
    journal_.newest = time_.wall_now() + hours(24 * 100);  // written in the same minute
    time_.shift_wall(hours(24 * 100));
    tasks_.spawn(careful.sweep());
    time_.run_for(minutes(9));
    EXPECT_TRUE(removed_.empty());
    time_.shift_wall(-hours(24 * 100));
    time_.run_for(minutes(2));
    EXPECT_LE(*journal_.removed_before, time_.wall_now() - hours(1));
    careful.stop();
    time_.run_for(seconds(1));
}

}  // namespace
}  // namespace gateway::redemption
