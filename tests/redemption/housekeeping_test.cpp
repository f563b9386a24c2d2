#include "redemption/engine/housekeeping.hpp"

#include <gtest/gtest.h>

#include "base/task_group.hpp"
#include "memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace gateway::redemption {
namespace {

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
    housekeeping chores_{
        time_,
        journal_,
        {.retention = std::chrono::hours(1), .step = 200},
        [this](std::size_t rows) {
            removed_.push_back(rows);
        }
    };
};

TEST_F(Housekeeping, ProbesTheJournalDuringTroubleOnly) {
    tasks_.spawn(chores_.watch_trouble());
    time_.run_for(seconds(10));
    EXPECT_EQ(journal_.probes, 0U);
    journal_.broken = journal_error{"disk full"};
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
    journal_.broken = journal_error{"disk full"};
    tasks_.spawn(chores_.sweep());
    time_.run_for(minutes(3));
    EXPECT_TRUE(removed_.empty());
    journal_.broken.reset();
    time_.run_for(minutes(1));
    EXPECT_EQ(removed_, std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace gateway::redemption
