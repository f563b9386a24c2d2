// What a redemption at work does next, whatever state it will end in.
#include "redemption/rules/lifecycle.hpp"

#include <gtest/gtest.h>

#include "lifecycle_rows.hpp"

namespace gateway::redemption {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The names of the actions, in the order of lifecycle_action.
const char* name_of(const lifecycle_action& what) {
    constexpr const char* names[] = {
        "accept",
        "start over",
        "refuse",
        "pick up",
        "watch",
        "await its turn",
        "show",
        "wait",
        "ask for a permit",
        "start",
        "send",
        "settle",
        "park",
        "finish",
    };
    static_assert(std::size(names) == std::variant_size_v<lifecycle_action>);
    return names[what.index()];
}

struct step {
    const char* name;
    given from;
    lifecycle_event happened;
    const char* next;
};

record known_as(state in) {
    auto existing = fresh().in(in).what;
    existing.id = redemption_id("id-of-before");
    return existing;
}

record pending_elsewhere() {
    auto existing = known_as(state::pending);
    existing.elsewhere = true;
    return existing;
}

record known_with_another_body() {
    auto existing = known_as(state::failed);
    existing.body[0] = 1;
    return existing;
}

const step steps[] = {
    {"a wish is accepted first", fresh(), event::wish_arrived{}, "accept"},
    {"its key names another body",
     fresh(),
     event::key_known{.existing = known_with_another_body()},
     "refuse"},
    {"its key succeeded before",
     fresh(),
     event::key_known{.existing = known_as(state::succeeded)},
     "show"},
    {"its key is unknown", fresh(), event::key_known{.existing = known_as(state::unknown)}, "show"},
    {"its key is pending, without a driver",
     fresh(),
     event::key_known{.existing = known_as(state::pending)},
     "pick up"},
    {"its key is pending in another process",
     fresh(),
     event::key_known{.existing = pending_elsewhere()},
     "watch"},
    {"its key failed before",
     fresh(),
     event::key_known{.existing = known_as(state::failed)},
     "start over"},
    {"its key failed at an account that is gone",
     fresh(),
     event::key_known{.existing = known_as(state::failed), .account_served = false},
     "refuse"},
    {"it changed meanwhile", fresh(), event::changed_by_another{known_as(state::unknown)}, "show"},
    {"the journal does not take it",
     fresh(),
     event::not_accepted{total_falls{.confirmed = 3}},
     "refuse"},
    {"accepted with its attempt's start", sending(), event::accepted{.started = true}, "send"},
    {"accepted", fresh(), event::accepted{}, "wait"},
    {"picked up", fresh(), started, "wait"},
    {"its turn may have come", fresh(), looked, "ask for a permit"},
    {"its turn may have come, in doubt for long",
     in_doubt().expired(),
     looked_at_a_long_ban,
     "ask for a permit"},
    {"the process drains", fresh().drained(), looked, "park"},
    {"an operator's resolution comes before the drain",
     in_doubt().drained().resolved_as(state::failed),
     looked,
     "settle"},
    {"a permit is there", fresh(), event::permit_acquired{}, "start"},
    {"its start is durable", sending(), event::start_written{}, "send"},
    {"another process comes first with its order", fresh(), event::not_its_turn{}, "await its turn"
    },
    {"another process has taken it over", in_doubt(), event::taken_over{}, "watch"},
    {"another process has taken it over while it waited", fresh().lost(), looked, "watch"},
    {"a resolution goes to the process that has taken it over",
     in_doubt().lost().resolved_as(state::failed),
     looked,
     "watch"},
    {"its start could not be written", fresh(), event::start_not_written{}, "wait"},
    {"pending again is durable", in_doubt(), event::settled{}, "wait"},
    {"its end is durable", fresh().in(state::succeeded), event::settled{}, "finish"},
    {"a resolution agrees with the end that was written meanwhile",
     in_doubt().in(state::succeeded).resolved_as(state::succeeded),
     event::settled{},
     "settle"},
    {"a resolution contradicts the end that was written meanwhile",
     in_doubt().in(state::succeeded).resolved_as(state::failed),
     event::settled{},
     "finish"},
    {"a resolution of what became unknown meanwhile",
     in_doubt().in(state::unknown).resolved_as(state::failed),
     event::settled{},
     "settle"},
};

TEST(Lifecycle, TakesOneStepAfterAnother) {
    for (const auto& row : steps) {
        SCOPED_TRACE(row.name);
        EXPECT_STREQ(name_of(next_action(row.from.at_work(), row.happened, now)), row.next);
    }
}

TEST(Lifecycle, StartsTheFirstAttemptWithTheAcceptanceIfItHasAPermit) {
    const auto it = fresh();
    const auto alone = next_action(it.at_work(), event::wish_arrived{}, now);
    EXPECT_FALSE(std::get<action::accept>(alone).first);
    const auto both = next_action(it.at_work(), event::wish_arrived{.has_permit = true}, now);
    const auto& first = std::get<action::accept>(both).first;
    ASSERT_TRUE(first);
    EXPECT_EQ(first->number, 1U);
    EXPECT_EQ(first->started_at, now.wall);
}

TEST(Lifecycle, NumbersTheNextAttemptOnThroughLivesAndDoubts) {
    const auto it = in_doubt();
    const auto next = next_action(it.at_work(), event::permit_acquired{}, now);
    EXPECT_EQ(std::get<action::start>(next).next.number, 2U);
}

TEST(Lifecycle, StartsOverWithTheTimeOfThisRequestAndKeepsItsAttempts) {
    auto existing = known_as(state::failed);
    existing.attempts = {attempt_that(verdict::ambiguous)};
    existing.error = error_info{
        .source = error_source::gateway, .detail = base::fixed_text("gave up"), .said = {}
    };
    existing.result = "{}";
    existing.lifetime = seconds(5);
    const auto it = fresh();
    const auto next = next_action(it.at_work(), event::key_known{.existing = existing}, now);
    const auto& again = std::get<action::start_over>(next).again;
    EXPECT_EQ(again.id, existing.id);
    EXPECT_EQ(again.state, state::pending);
    EXPECT_EQ(again.expires_at, now.wall + lifetime);
    EXPECT_EQ(again.attempts.size(), 1U);
    EXPECT_FALSE(again.error);
    EXPECT_TRUE(again.result.empty());
}

TEST(Lifecycle, WaitsForAPermitUntilItExpires) {
    const auto it = fresh();
    const auto next = next_action(it.at_work(), looked, now);
    EXPECT_EQ(std::get<action::ask_for_permit>(next).until, now.steady + lifetime);
    const auto owed = in_doubt();
    const auto without_end = next_action(owed.at_work(), looked, now);
    EXPECT_EQ(
        std::get<action::ask_for_permit>(without_end).until,
        std::chrono::steady_clock::time_point::max()
    );
}

TEST(Lifecycle, PausesBeforeTheNextAttempt) {
    const auto it = sending();
    const auto pause_after = [&](const lifecycle_event& happened) {
        const auto next = next_action(it.at_work(), happened, now);
        return std::get<action::settle>(next).not_before.value() - now.steady;
    };
    EXPECT_EQ(pause_after(ended(verdict::not_executed)), milliseconds(250)) << "backoff";
    EXPECT_EQ(pause_after(ended_by_ban(seconds(7))), seconds(7));
    EXPECT_EQ(pause_after(ended_by_account_fault()), seconds(0)) << "its account pauses";
    EXPECT_EQ(pause_after(started), milliseconds(250)) << "spread over half a second";
    const auto refused = next_action(it.at_work(), event::start_not_written{}, now);
    EXPECT_EQ(std::get<action::wait>(refused).not_before, now.steady + milliseconds(500));
}

TEST(Lifecycle, RemembersARetryOnceUntilTheNextAttemptEnds) {
    const auto it = sending();
    EXPECT_TRUE(
        std::get<action::settle>(next_action(it.at_work(), ended_by_skew(), now)).retried_once
    );
    const auto plain = next_action(it.at_work(), ended(verdict::not_executed), now);
    EXPECT_FALSE(std::get<action::settle>(plain).retried_once);
}

// One that ended as the operator says keeps its end: only the history grows.
TEST(Lifecycle, AddsAResolutionThatAgreesToTheHistoryOnly) {
    auto it = in_doubt().in(state::succeeded).resolved_as(state::succeeded);
    it.what.updated_at = now.wall - seconds(3);
    const auto next = next_action(it.at_work(), event::settled{}, now);
    const auto& settle = std::get<action::settle>(next);
    EXPECT_TRUE(settle.resolves);
    EXPECT_EQ(settle.what.at, it.what.updated_at);
    ASSERT_TRUE(settle.what.history);
    EXPECT_EQ(settle.what.history->at, now.wall);
    EXPECT_EQ(settle.what.history->who, "ops");
    EXPECT_EQ(settle.what.history->note, "seen in the app");
}

}  // namespace
}  // namespace gateway::redemption
