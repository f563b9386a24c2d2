// Actions of operators.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::left_behind;
using testing::outcome;
using testing::record_of;

TEST(EngineOperator, LetsAnOperatorResolveAndRetryWhatIsUnknown) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto unknown = record_of(world.submit(world.wish("k", false)));
    const auto retried =
        record_of(world.run(world.core->retry(unknown.id, "checked by phone", "ops")));
    EXPECT_EQ(retried.state, state::pending);
    const auto answer = record_of(world.submit(world.wish("k", false)));
    EXPECT_EQ(answer.state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
    ASSERT_EQ(answer.history.size(), 1U);
    EXPECT_EQ(answer.history[0].who, "ops");
    EXPECT_TRUE(std::holds_alternative<not_allowed_now>(
        world.run(world.core->resolve(unknown.id, state::failed, "", "ops"))
    ));

    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto second = record_of(world.submit(world.wish("k2", false)));
    const auto resolved = record_of(
        world.run(world.core->resolve(second.id, state::rejected, "not in their books", "ops"))
    );
    EXPECT_EQ(resolved.state, state::rejected);
    EXPECT_EQ(world.account.seen.size(), 3U);
}

TEST(EngineOperator, LetsAnOperatorEndAPendingOneWithAnAmbiguousAttempt) {
    core_world world;
    for (int i = 0; i < 20; ++i) {
        world.account.script.push_back(outcome(phase::maybe_sent, verdict::ambiguous));
    }
    const auto pending = record_of(world.submit(world.wish("k", true), milliseconds(20)));
    EXPECT_EQ(pending.state, state::pending);
    const auto resolved = record_of(
        world.run(world.core->resolve(pending.id, state::succeeded, "seen in the app", "ops"))
    );
    EXPECT_EQ(resolved.state, state::succeeded);
    const auto sends = world.account.seen.size();
    world.run_for(milliseconds(300));
    EXPECT_EQ(world.account.seen.size(), sends);
}

struct answer_under_way {
    const char* name;
    attempt_outcome answer;
    state asked;
    state becomes;
    bool kept;
};

std::vector<answer_under_way> answers_under_way() {
    const auto executed = outcome(phase::answered, verdict::executed);
    // After an ambiguous attempt a refusal proves nothing of it: the resolution counts.
    const auto refused = outcome(phase::answered, verdict::refused);
    return {
        {"the same yes", executed, state::succeeded, state::succeeded, true},
        {"a refusal like the resolution", refused, state::rejected, state::rejected, true},
        {"a yes against a no", executed, state::failed, state::succeeded, false},
        {"a no against a yes", refused, state::succeeded, state::succeeded, true},
        {"a no against a failure", refused, state::failed, state::failed, true},
    };
}

void expect_kept_or_refused(
    const answer_under_way& row, const operate_outcome& told, const record& durable
) {
    EXPECT_EQ(durable.state, row.becomes);
    if (!row.kept) {
        EXPECT_TRUE(std::holds_alternative<not_allowed_now>(told));
        EXPECT_TRUE(durable.history.empty());
        return;
    }
    EXPECT_EQ(record_of(told).state, row.becomes);
    EXPECT_EQ(record_of(told).history.size(), 1U);
    ASSERT_EQ(durable.history.size(), 1U);
    EXPECT_EQ(durable.history[0].who, "ops");
    EXPECT_EQ(durable.history[0].note, "seen");
    EXPECT_EQ(durable.history[0].to, row.becomes);
}

TEST(EngineOperator, KeepsOrRefusesAResolutionThatComesWhileAnAnswerIsUnderWay) {
    for (const auto& row : answers_under_way()) {
        SCOPED_TRACE(row.name);
        core_world world;
        world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous), row.answer};
        world.account.takes = milliseconds(50);
        std::optional<operate_outcome> told;
        world.account.during = [&] {
            if (world.account.seen.size() == 2) {
                world.start(
                    world.core->resolve(
                        world.journal.rows.begin()->first, row.asked, "seen", "ops"
                    ),
                    told
                );
            }
        };
        world.submit(world.wish("k"));
        world.run_for(milliseconds(100));
        ASSERT_TRUE(told);
        expect_kept_or_refused(row, *told, world.journal.rows.begin()->second);
    }
}

TEST(EngineOperator, KeepsAResolutionThatComesWhileTheSameEndIsBeingWritten) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    std::optional<operate_outcome> told;
    world.account.during = [&] {
        if (world.account.seen.size() == 2) {
            world.journal.during_settle = [&] {
                world.start(
                    world.core->resolve(
                        world.journal.rows.begin()->first, state::succeeded, "seen", "ops"
                    ),
                    told
                );
            };
        }
    };
    const auto answer = record_of(world.submit(world.wish("k")));
    world.run_for(milliseconds(50));
    ASSERT_TRUE(told);
    const auto& durable = world.journal.rows.begin()->second;
    expect_kept_or_refused({"", {}, state::succeeded, state::succeeded, true}, *told, durable);
    EXPECT_EQ(record_of(*told).updated_at, durable.updated_at);
    EXPECT_EQ(answer.state, state::succeeded);
}

struct second_action {
    const char* name;
    std::optional<state> resolve_to;  // none: it asks for another send
};

// Both read it while it is unknown; the second is told only after the first has decided.
TEST(EngineOperator, LetsOneOfTwoActionsOnTheSameDoubtCount) {
    const second_action actions[] = {
        {"the same resolution", state::succeeded},
        {"another resolution", state::rejected},
        {"a retry", std::nullopt},
    };
    for (const auto& second : actions) {
        SCOPED_TRACE(second.name);
        core_world world;
        world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
        const auto id = record_of(world.submit(world.wish("k", false))).id;
        std::optional<operate_outcome> late;
        world.journal.next_find_trails = true;
        world.start(
            second.resolve_to ? world.core->resolve(id, *second.resolve_to, "mine", "second")
                              : world.core->retry(id, "mine", "second"),
            late
        );
        const auto first = world.run(world.core->resolve(id, state::succeeded, "seen", "first"));
        world.run_for(milliseconds(50));
        EXPECT_EQ(record_of(first).state, state::succeeded);
        ASSERT_TRUE(late);
        const auto* refused = std::get_if<not_allowed_now>(&*late);
        ASSERT_TRUE(refused) << "alternative " << late->index();
        EXPECT_EQ(refused->record.state, state::succeeded);
        EXPECT_EQ(refused->record.history.size(), 1U);
        const auto& durable = world.journal.rows.at(id);
        EXPECT_EQ(durable.state, state::succeeded);
        ASSERT_EQ(durable.history.size(), 1U);
        EXPECT_EQ(durable.history[0].who, "first");
        EXPECT_EQ(world.account.seen.size(), 1U);
        EXPECT_EQ(world.core->at_work(), 0U);
    }
}

// Nothing of it may stay behind: it would block its key until the next start.
TEST(EngineOperator, LetsTheNextActionCountWhenOneEndedByAnException) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto id = record_of(world.submit(world.wish("k", false))).id;
    world.journal.throws = true;
    std::exception_ptr fault;
    boost::asio::co_spawn(
        world.time.executor(),
        world.core->resolve(id, state::succeeded, "seen", "first"),
        [&](std::exception_ptr thrown, const operate_outcome&) { fault = std::move(thrown); }
    );
    world.run_for(milliseconds(10));
    EXPECT_TRUE(fault);
    EXPECT_EQ(world.core->at_work(), 0U);
    EXPECT_EQ(record_of(world.submit(world.wish("k", false))).state, state::unknown);
    const auto second = world.run(world.core->resolve(id, state::rejected, "mine", "second"));
    EXPECT_EQ(record_of(second).state, state::rejected);
}

TEST(EngineOperator, LetsTheNextActionCountWhenOneCouldNotBeWritten) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto id = record_of(world.submit(world.wish("k", false))).id;
    world.journal.fail_settlements = 1;
    const auto first = world.run(world.core->resolve(id, state::succeeded, "seen", "first"));
    EXPECT_TRUE(std::holds_alternative<unavailable>(first));
    const auto second = world.run(world.core->resolve(id, state::rejected, "mine", "second"));
    EXPECT_EQ(record_of(second).state, state::rejected);
    ASSERT_EQ(record_of(second).history.size(), 1U);
    EXPECT_EQ(record_of(second).history[0].who, "second");
}

TEST(EngineOperator, NeverRetriesATotalBelowOneConfirmedMeanwhile) {
    core_world world;
    auto wish = world.wish("k");
    auto unknown = left_behind(world, wish, "shop", state::unknown);
    unknown.replay_safe = true;
    unknown.orders = {order_key("order_id:1")};
    unknown.totals = {{.subject = "code", .total = 2}};
    unknown.identity = world.account.identity();
    world.journal.rows[wish.id] = unknown;
    world.journal.totals["taobao:shop/test.redeem/code"] = 3;
    const auto outcome = world.run(world.core->retry(wish.id, "", "ops"));
    EXPECT_TRUE(std::holds_alternative<not_allowed_now>(outcome));
    world.run_for(milliseconds(50));
    EXPECT_TRUE(world.account.seen.empty());
    EXPECT_EQ(world.journal.rows[wish.id].state, state::unknown);
}

TEST(EngineOperator, GivesEachRetryTheTimeThatWasAccepted) {
    core_world world;
    const auto wish = world.wish("k", false);
    auto unknown = left_behind(world, wish, "shop", state::unknown);
    unknown.created_at -= std::chrono::hours(20);
    unknown.expires_at = unknown.created_at + unknown.lifetime;
    world.journal.rows[wish.id] = unknown;
    for (int i = 0; i < 3; ++i) {
        world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
        const auto now = world.time.wall_now();
        const auto retried = record_of(world.run(world.core->retry(wish.id, "", "ops")));
        EXPECT_EQ(retried.expires_at, now + seconds(60));
        ASSERT_EQ(record_of(world.submit(wish)).state, state::unknown);
    }
}

TEST(EngineOperator, TellsAnAttachedCallerInTimeWhileAnOperatorsRetryIsSent) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto unknown = record_of(world.submit(world.wish("k", false)));
    world.account.takes = milliseconds(500);
    std::optional<submit_outcome> attached;
    boost::asio::co_spawn(
        world.time.executor(),
        world.core->retry(unknown.id, "", "ops"),
        [&](std::exception_ptr, const operate_outcome&) { EXPECT_TRUE(world.core->at_work() > 0); }
    );
    world.journal.during_settle = [&] {
        boost::asio::co_spawn(
            world.time.executor(),
            world.core->submit(world.wish("k", false), world.time.now()),
            [&](std::exception_ptr, submit_outcome answer) { attached = std::move(answer); }
        );
    };
    world.run_for(milliseconds(200));
    ASSERT_TRUE(attached);
    EXPECT_EQ(record_of(*attached).state, state::pending);
    world.run_for(milliseconds(600));
}

}  // namespace
}  // namespace gateway::redemption
