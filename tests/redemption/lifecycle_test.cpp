// docs/redemption-rules.md, Every way into each state, row by row.
#include "redemption/rules/lifecycle.hpp"

#include <gtest/gtest.h>

#include <string>

#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr moment now{
    .steady = std::chrono::steady_clock::time_point(seconds(1'000)),
    .wall = time_point(seconds(1'000'000'000)),
};
constexpr auto lifetime = seconds(60);

// A redemption as a row of the table starts with it.
struct given {
    record what;
    bool retried_once = false;
    bool withdrawn = false;
    bool draining = false;
    std::optional<operator_resolution> resolution = std::nullopt;

    situation at_work() const {
        return {
            .record = what,
            .retried_once = retried_once,
            .withdrawn = withdrawn,
            .draining = draining,
            .resolution = resolution,
        };
    }
    given expired() const {
        given it = *this;
        it.what.expires_at = now.wall;
        return it;
    }
    given retried_before() const {
        given it = *this;
        it.retried_once = true;
        return it;
    }
    given told_not_accepted() const {
        given it = *this;
        it.withdrawn = true;
        return it;
    }
    given drained() const {
        given it = *this;
        it.draining = true;
        return it;
    }
    given resolved_as(state to) const {
        given it = *this;
        it.resolution = operator_resolution{.to = to, .note = "seen in the app", .who = "ops"};
        return it;
    }
    given in(state now_in) const {
        given it = *this;
        it.what.state = now_in;
        return it;
    }
};

enum class replay { safe, unsafe };

given fresh(replay how = replay::safe) {
    given it;
    it.what.id = redemption_id("id-1");
    it.what.replay_safe = how == replay::safe;
    it.what.created_at = now.wall - seconds(1);
    it.what.lifetime = lifetime;
    it.what.expires_at = now.wall + lifetime;
    it.what.totals = {{.subject = "code", .total = 2}};
    return it;
}

attempt attempt_that(std::optional<verdict> came_to) {
    attempt made;
    made.number = 1;
    made.started_at = now.wall - seconds(1);
    if (came_to) {
        made.finished_at = now.wall;
        made.phase = phase::answered;
        made.verdict = came_to;
    }
    return made;
}

given sending(replay how = replay::safe) {
    auto it = fresh(how);
    it.what.attempts = {attempt_that(std::nullopt)};
    return it;
}

given in_doubt(replay how = replay::safe) {
    auto it = fresh(how);
    it.what.attempts = {attempt_that(verdict::ambiguous)};
    return it;
}

given sending_in_doubt(replay how = replay::safe) {
    auto it = in_doubt(how);
    it.what.attempts.push_back(attempt_that(std::nullopt));
    it.what.attempts.back().number = 2;
    return it;
}

lifecycle_event ended(attempt_outcome outcome) {
    return event::attempt_ended{.outcome = std::move(outcome), .chance = 0.5};
}

lifecycle_event ended(verdict came_to) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = came_to;
    return ended(outcome);
}

lifecycle_event ended_by_account_fault() {
    attempt_outcome outcome;
    outcome.account_fault = true;
    return ended(outcome);
}

lifecycle_event ended_by_skew() {
    attempt_outcome outcome;
    outcome.retry_once = true;
    return ended(outcome);
}

lifecycle_event ended_by_ban(seconds length) {
    attempt_outcome outcome;
    outcome.ban = length;
    return ended(outcome);
}

const lifecycle_event looked = event::resumed{now.steady};
const lifecycle_event looked_at_a_long_ban = event::resumed{now.steady + lifetime};
const lifecycle_event started = event::picked_up{.chance = 0.5};
const lifecycle_event overtaken_by_five = event::total_overtaken{5};

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
    {"failed: a ban or the breaker outlasts it", fresh(), looked_at_a_long_ban, state::failed},
    {"failed: not executed, no time for its pause",
     sending().expired(),
     ended(verdict::not_executed),
     state::failed},
    {"failed: a ban that ends after its time", sending(), ended_by_ban(lifetime), state::failed},
    {"failed: retry once again", sending().retried_before(), ended_by_skew(), state::failed},
    {"failed: total overtaken", fresh(), overtaken_by_five, state::failed},
    {"failed: withdrawn",
     fresh().told_not_accepted(),
     event::accepted{.started = false},
     state::failed},
    {"failed: withdrawn though its attempt's start is durable",
     sending().told_not_accepted(),
     event::accepted{.started = true},
     state::failed},
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

// The names of the actions, in the order of lifecycle_action.
const char* name_of(const lifecycle_action& what) {
    constexpr const char* names[] = {
        "accept",
        "start over",
        "refuse",
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
     "show"},
    {"its key failed before",
     fresh(),
     event::key_known{.existing = known_as(state::failed)},
     "start over"},
    {"its key failed at an account that is gone",
     fresh(),
     event::key_known{.existing = known_as(state::failed), .account_served = false},
     "show"},
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
    existing.error = error_info{.source = error_source::gateway, .detail = "gave up", .said = {}};
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
    unknown.error = error_info{.source = error_source::network, .detail = "cut off", .said = {}};
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

}  // namespace
}  // namespace gateway::redemption
