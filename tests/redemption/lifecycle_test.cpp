// docs/redemption-rules.md, Every way into each state, row by row.
#include "redemption/rules/lifecycle.hpp"

#include <gtest/gtest.h>

#include "lifecycle_rows.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using namespace testing;

struct way {
    const char* name;
    given from;
    lifecycle_event happened;
    state to;
};

const way ways_to_settle[] = {
    {"pending: ambiguous, replay-safe", sending(), ended(verdict::ambiguous), state::pending},
    {"pending: not executed, account fault",
     sending().expired(),
     ended_by_account_fault(),
     state::pending},
    {"pending: not executed, the pause ends in time",
     sending(replay::unsafe),
     ended(verdict::not_executed),
     state::pending},
    {"pending: not executed, time is up, in doubt, replay-safe",
     sending_in_doubt().expired(),
     ended(verdict::not_executed),
     state::pending},
    {"pending: retry once again, in doubt, replay-safe",
     sending_in_doubt().retried_before(),
     ended_by_skew(),
     state::pending},
    {"pending: first retry once", sending(), ended_by_skew(), state::pending},
    {"pending: started in an attempt, replay-safe", sending(), started, state::pending},

    {"succeeded: executed", sending(), ended(verdict::executed), state::succeeded},
    {"succeeded: executed, past its time",
     sending_in_doubt(replay::unsafe).expired(),
     ended(verdict::executed),
     state::succeeded},
    {"succeeded: an operator's, in doubt",
     in_doubt().resolved_as(state::succeeded),
     looked,
     state::succeeded},

    {"rejected: refused", sending(), ended(verdict::refused), state::rejected},
    {"rejected: an operator's, in doubt",
     in_doubt().resolved_as(state::rejected),
     looked,
     state::rejected},

    {"failed: expired while it waited", fresh().expired(), looked, state::failed},
    {"failed: expired without its account", fresh().expired().orphaned(), looked, state::failed},
    {"unknown: expired without its account, in doubt, not replay-safe",
     in_doubt(replay::unsafe).expired().orphaned(),
     looked,
     state::unknown},
    {"succeeded: an operator's, in doubt, without its account",
     in_doubt().orphaned().resolved_as(state::succeeded),
     looked,
     state::succeeded},
    {"failed: a ban or the breaker outlasts it", fresh(), looked_at_a_long_ban, state::failed},
    {"failed: not executed, no time for its pause",
     sending().expired(),
     ended(verdict::not_executed),
     state::failed},
    {"failed: a ban that ends after its time", sending(), ended_by_ban(lifetime), state::failed},
    {"failed: retry once again", sending().retried_before(), ended_by_skew(), state::failed},
    {"failed: total overtaken", fresh(), overtaken_by_five, state::failed},
    {"failed: an operator's, in doubt", in_doubt().resolved_as(state::failed), looked, state::failed
    },

    {"unknown: ambiguous, not replay-safe",
     sending(replay::unsafe),
     ended(verdict::ambiguous),
     state::unknown},
    {"unknown: refused after doubt", sending_in_doubt(), ended(verdict::refused), state::unknown},
    {"unknown: not executed, time is up, in doubt, not replay-safe",
     sending_in_doubt(replay::unsafe).expired(),
     ended(verdict::not_executed),
     state::unknown},
    {"unknown: retry once again, in doubt, not replay-safe",
     sending_in_doubt(replay::unsafe).retried_before(),
     ended_by_skew(),
     state::unknown},
    {"unknown: expired in doubt, not replay-safe",
     in_doubt(replay::unsafe).expired(),
     looked,
     state::unknown},
    {"unknown: a ban or the breaker outlasts it, in doubt, not replay-safe",
     in_doubt(replay::unsafe),
     looked_at_a_long_ban,
     state::unknown},
    {"unknown: total overtaken in doubt", in_doubt(), overtaken_by_five, state::unknown},
    {"unknown: started in an attempt, not replay-safe",
     sending(replay::unsafe),
     started,
     state::unknown},
};

TEST(Lifecycle, FollowsTheTableOfEveryWayIntoEachState) {
    for (const auto& row : ways_to_settle) {
        SCOPED_TRACE(row.name);
        const auto next = next_action(row.from.at_work(), row.happened, now);
        const auto* settle = std::get_if<action::settle>(&next);
        ASSERT_TRUE(settle) << "alternative " << next.index();
        EXPECT_EQ(settle->what.state, row.to);
        EXPECT_EQ(settle->what.id, row.from.what.id);
        EXPECT_EQ(settle->what.confirmed.empty(), row.to != state::succeeded) << "totals rise";
        if (row.to != state::succeeded && !row.from.resolution) {
            EXPECT_TRUE(settle->what.error);
        }
    }
}

TEST(Lifecycle, ClosesTheAttemptThatIsUnderWayAndNoOther) {
    for (const auto& row : ways_to_settle) {
        SCOPED_TRACE(row.name);
        const auto next = next_action(row.from.at_work(), row.happened, now);
        const auto& attempts = row.from.what.attempts;
        const bool under_way = !attempts.empty() && !attempts.back().finished_at;
        const auto& closed = std::get<action::settle>(next).what.ended;
        ASSERT_EQ(closed.has_value(), under_way);
        if (under_way) {
            EXPECT_EQ(closed->number, attempts.back().number);
            EXPECT_EQ(closed->finished_at, now.wall);
            EXPECT_TRUE(closed->verdict);
        }
    }
}

history_entry said(state to) {
    return {
        .at = now.wall,
        .who = "ops",
        .action = "resolve",
        .note = "",
        .from = state::unknown,
        .to = to,
    };
}

TEST(Lifecycle, LeavesUnknownByAnOperatorsActionOnly) {
    auto unknown = in_doubt(replay::unsafe).in(state::unknown).what;
    unknown.error = error_info{
        .source = error_source::network, .detail = base::fixed_text("cut off"), .said = {}
    };
    for (const auto to : {state::succeeded, state::rejected, state::failed}) {
        const auto end = resolved(unknown, said(to));
        EXPECT_EQ(end.state, to);
        EXPECT_EQ(end.at, now.wall);
        EXPECT_EQ(end.confirmed.empty(), to != state::succeeded);
        EXPECT_EQ(end.error.has_value(), to != state::succeeded);
    }
    const auto again = retried(unknown, said(state::pending));
    EXPECT_EQ(again.state, state::pending);
    EXPECT_EQ(again.expires_at, now.wall + lifetime);
    EXPECT_TRUE(again.history);
}

// The wall clock may have been set back between two actions.
TEST(Lifecycle, KeepsTheActionsOfOperatorsInTheirOrder) {
    auto before = in_doubt(replay::unsafe).in(state::unknown).what;
    auto first = said(state::failed);
    first.at = now.wall + std::chrono::hours(1);
    before.history.push_back(first);
    EXPECT_GT(resolved(before, said(state::rejected)).history->at, first.at);
    EXPECT_EQ(resolved(before, said(state::rejected)).at, first.at + std::chrono::milliseconds(1));
    EXPECT_GT(retried(before, said(state::pending)).history->at, first.at);
    EXPECT_EQ(retried(before, said(state::pending)).expires_at, now.wall + lifetime);
}

}  // namespace
}  // namespace gateway::redemption
