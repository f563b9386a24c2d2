#include "server/app/life_cycle.hpp"

#include <gtest/gtest.h>

namespace gateway::server {
namespace {

TEST(LifeCycle, GoesFromStateToStateAsTheTableSays) {
    using enum life_state;
    struct row {
        life_state now;
        life_state journal_delayed;
        life_state journal_ready;
        life_state stop_requested;
        life_state stop_finished;
    };
    // clang-format off
    const row rows[] = {
        // now                 delayed              ready     stop      finished
        {starting,            waiting_for_journal, serving,  draining, starting},
        {waiting_for_journal, waiting_for_journal, serving,  draining, waiting_for_journal},
        {serving,             serving,             serving,  draining, serving},
        {draining,            draining,            draining, draining, stopped},
        {stopped,             stopped,             stopped,  stopped,  stopped},
    };
    // clang-format on
    for (const auto& row : rows) {
        SCOPED_TRACE(static_cast<int>(row.now));
        EXPECT_EQ(next_state(row.now, life_event::journal_delayed), row.journal_delayed);
        EXPECT_EQ(next_state(row.now, life_event::journal_ready), row.journal_ready);
        EXPECT_EQ(next_state(row.now, life_event::stop_requested), row.stop_requested);
        EXPECT_EQ(next_state(row.now, life_event::stop_finished), row.stop_finished);
    }
}

TEST(LifeCycle, SaysWhetherAnEventChangedIt) {
    life_cycle life;
    EXPECT_FALSE(life.serving());
    EXPECT_TRUE(life.apply(life_event::journal_delayed));
    EXPECT_FALSE(life.apply(life_event::journal_delayed)) << "operators are told once";
    EXPECT_TRUE(life.apply(life_event::journal_ready));
    EXPECT_TRUE(life.serving());
    EXPECT_FALSE(life.stopping());
    EXPECT_TRUE(life.apply(life_event::stop_requested));
    EXPECT_TRUE(life.stopping());
    EXPECT_FALSE(life.apply(life_event::journal_ready)) << "nothing is served during a drain";
    EXPECT_TRUE(life.apply(life_event::stop_finished));
    EXPECT_TRUE(life.stopping());
}

TEST(LifeCycle, EndsAsItsDrainDid) {
    struct row {
        life_state before;
        bool work_finished;
        bool background_ended;
        ending end;
    };
    const row rows[] = {
        {life_state::serving, true, true, ending::drained},
        {life_state::serving, false, false, ending::cut_short},
        {life_state::serving, true, false, ending::cut_short},
        {life_state::waiting_for_journal, true, true, ending::drained},
        {life_state::waiting_for_journal, true, false, ending::not_begun},
        {life_state::starting, true, false, ending::not_begun},
        {life_state::starting, false, false, ending::cut_short},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(ending_of(row.before, row.work_finished, row.background_ended), row.end);
    }
}

}  // namespace
}  // namespace gateway::server
