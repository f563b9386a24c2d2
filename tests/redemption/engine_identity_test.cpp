// docs/redemption-rules.md, Identities: what belongs to an app and to a caller, whatever their
// names.
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

const caller_name anonymous("anonymous");
const caller_name pos("pos");

struct EngineIdentity : ::testing::Test {
    // An attempt of it is answered so, and it is pending when the process ends.
    record left_pending(verdict as, bool replay_safe = true) {
        world.account.script = {
            outcome(as == verdict::ambiguous ? phase::maybe_sent : phase::answered, as)
        };
        world.account.script.front().ban = seconds(30);
        return record_of(world.submit(world.wish("k", replay_safe), milliseconds(50)));
    }
    void restart_with(const std::string& app) {
        world.account.script.clear();
        world.account.become(app);
        world.restart_and_pick_up();
        world.run_for(minutes_);
    }
    const record& row(const record& of) { return world.journal.rows.at(of.id); }

    core_world world;
    const milliseconds minutes_ = std::chrono::minutes(2);
};

TEST_F(EngineIdentity, IsKeptWithTheRedemption) {
    const auto what = record_of(world.submit(world.wish("k")));
    EXPECT_EQ(row(what).identity, platform_identity("taobao:shop"));
}

TEST_F(EngineIdentity, IsGivenToWhatTheJournalKeptUnderTheAccountsName) {
    world.restart_and_pick_up();
    ASSERT_EQ(world.journal.adopted.size(), 1U);
    EXPECT_EQ(world.journal.adopted[0].account, account_name("shop"));
    EXPECT_EQ(world.journal.adopted[0].identity, platform_identity("taobao:shop"));
}

TEST_F(EngineIdentity, WhatTheOldAppMayHaveExecutedIsNotSentToTheNewOne) {
    const auto what = left_pending(verdict::ambiguous);
    ASSERT_EQ(what.state, state::pending);
    restart_with("other");
    EXPECT_EQ(row(what).state, state::unknown);
    EXPECT_EQ(world.account.seen.size(), 1U);
    ASSERT_TRUE(row(what).error);
    EXPECT_EQ(row(what).error->source, error_source::gateway);
    EXPECT_NE(row(what).error->detail.view().find("another app"), std::string_view::npos);
    const auto retried = world.run(world.core->retry(what.id, "", "ops"));
    ASSERT_TRUE(std::holds_alternative<not_allowed_now>(retried));
    EXPECT_NE(
        std::get<not_allowed_now>(retried).detail.view().find("taobao:shop"), std::string::npos
    );
    EXPECT_EQ(record_of(world.submit(world.wish("k"))).state, state::unknown);
    EXPECT_EQ(world.account.seen.size(), 1U);
    const auto resolved = world.run(world.core->resolve(what.id, state::rejected, "asked", "ops"));
    EXPECT_EQ(record_of(resolved).state, state::rejected);
}

TEST_F(EngineIdentity, WhatTheOldAppDidNotExecuteFailsAndARepetitionGoesToTheNewOne) {
    const auto what = left_pending(verdict::not_executed);
    ASSERT_EQ(what.state, state::pending);
    restart_with("other");
    EXPECT_EQ(row(what).state, state::failed);
    EXPECT_EQ(world.account.seen.size(), 1U);
    const auto again = record_of(world.submit(world.wish("k")));
    EXPECT_EQ(again.id, what.id);
    EXPECT_EQ(again.state, state::succeeded);
    EXPECT_EQ(row(what).identity, platform_identity("taobao:other"));
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST_F(EngineIdentity, WhatBrokeOffWithTheProcessIsInDoubt) {
    for (const bool replay_safe : {true, false}) {
        const auto wish = world.wish(replay_safe ? "safe" : "once", replay_safe);
        record left;
        left.id = wish.id;
        left.caller = wish.caller;
        left.key = wish.key;
        left.account = wish.account;
        left.identity = platform_identity("taobao:shop");
        left.method = method_name("test.redeem");
        left.replay_safe = replay_safe;
        left.lifetime = seconds(60);
        left.created_at = world.time.wall_now();
        left.expires_at = left.created_at + left.lifetime;
        left.attempts = {
            {.number = 1,
             .started_at = left.created_at,
             .finished_at = {},
             .phase = {},
             .verdict = {},
             .said = {}}
        };
        world.journal.rows[left.id] = left;
        restart_with("other");
        EXPECT_EQ(row(left).state, state::unknown) << replay_safe;
        EXPECT_TRUE(world.account.seen.empty());
        world.account.become("shop");
    }
}

TEST_F(EngineIdentity, ThatIsTheSameAgainGoesOn) {
    const auto what = left_pending(verdict::ambiguous);
    restart_with("shop");
    EXPECT_EQ(row(what).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST_F(EngineIdentity, ARenamedAccountGoesOnWithWhatItHad) {
    const auto pending = left_pending(verdict::ambiguous);
    world.account.rename("store");
    restart_with("shop");
    EXPECT_EQ(row(pending).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST_F(EngineIdentity, ARenamedAccountStartsOverAndRetriesWhatItHad) {
    const auto before = world.wish("failed");
    record failed;
    failed.id = before.id;
    failed.caller = before.caller;
    failed.key = before.key;
    failed.body = before.body;
    failed.account = before.account;
    failed.identity = world.account.identity();
    failed.method = method_name("test.redeem");
    failed.state = state::failed;
    failed.lifetime = seconds(60);
    record unknown = failed;
    unknown.id = redemption_id("unknown");
    unknown.key = idempotency_key("unknown");
    unknown.state = state::unknown;
    world.journal.rows[failed.id] = failed;
    world.journal.rows[unknown.id] = unknown;
    world.account.rename("store");
    restart_with("shop");
    auto again = world.wish("failed");
    again.account = account_name("store");
    const auto answered = record_of(world.submit(again));
    EXPECT_EQ(answered.id, failed.id);
    EXPECT_EQ(answered.account, again.account);
    EXPECT_EQ(row(failed).state, state::succeeded);
    const auto retried = world.run(world.core->retry(unknown.id, "", "ops"));
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(retried));
    world.run_for(seconds(1));
    EXPECT_EQ(row(unknown).state, state::succeeded);
    const auto listed = world.run(world.core->list({}));
    for (const auto& one : std::get<std::vector<record>>(listed)) {
        EXPECT_EQ(one.account, again.account) << "lists say what the answer said";
    }
}

struct EngineFormerly : ::testing::Test {
    EngineFormerly() { world.formerly[pos] = {anonymous, caller_name("till")}; }
    submission under(const caller_name& caller, const char* params = "{}") const {
        auto wish = world.wish("k", true, params);
        wish.caller = caller;
        return wish;
    }
    record done_under(const caller_name& caller) { return record_of(world.submit(under(caller))); }

    core_world world;
};

TEST_F(EngineFormerly, RepeatsTheAnswerThatAnEarlierNameGot) {
    for (const char* name : {"anonymous", "till", "pos"}) {
        SCOPED_TRACE(name);
        core_world fresh;
        fresh.formerly = world.formerly;
        auto first = under(caller_name(name));
        const auto before = record_of(fresh.submit(first));
        fresh.restart_and_pick_up();
        const auto again = fresh.submit(under(pos));
        EXPECT_EQ(record_of(again).id, before.id);
        EXPECT_TRUE(std::get<redemption_snapshot>(again).replayed);
        EXPECT_EQ(fresh.account.seen.size(), 1U);
        const auto other = fresh.submit(under(pos, "{\"other\":1}"));
        ASSERT_TRUE(std::holds_alternative<key_reused>(other));
        EXPECT_EQ(std::get<key_reused>(other).by, before.id);
    }
}

// So that a gateway that lost its memory repeats what the caller did under its first name.
TEST_F(EngineFormerly, WhatIsDerivedBelongsToTheAppAndTheFirstNameOfTheCaller) {
    world.account.rename("store");
    world.restart_and_pick_up();
    auto wish = under(pos);
    wish.account = account_name("store");
    ASSERT_EQ(record_of(world.submit(wish)).state, state::succeeded);
    wish = under(caller_name("web"));
    wish.account = account_name("store");
    ASSERT_EQ(record_of(world.submit(wish)).state, state::succeeded);
    EXPECT_EQ(
        world.methods.derived_from(),
        (std::vector<std::string>{"taobao:shop anonymous k", "taobao:shop web k"})
    );
}

TEST_F(EngineFormerly, LeavesOtherCallersAlone) {
    const auto before = done_under(anonymous);
    world.restart_and_pick_up();
    const auto other = record_of(world.submit(under(caller_name("web"))));
    EXPECT_NE(other.id, before.id);
    const auto back = record_of(world.submit(under(anonymous)));
    EXPECT_EQ(back.id, before.id) << "an earlier name knows its own";
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST_F(EngineFormerly, AttachesToWhatIsAtWork) {
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    world.account.script.front().ban = seconds(1);
    auto old = under(anonymous);
    const auto before = record_of(world.submit(old, milliseconds(50)));
    ASSERT_EQ(before.state, state::pending);
    world.restart_and_pick_up();
    const auto again = record_of(world.submit(under(pos), std::chrono::minutes(1)));
    EXPECT_EQ(again.id, before.id);
    EXPECT_EQ(again.state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 2U);
}

TEST_F(EngineFormerly, StartsAFailedOneOver) {
    world.account.script = {outcome(phase::answered, verdict::not_executed)};
    auto old = under(anonymous);
    old.expires_in = seconds(1);
    world.account.script.front().ban = seconds(5);
    const auto before = record_of(world.submit(old, seconds(20)));
    ASSERT_EQ(before.state, state::failed);
    world.run_for(seconds(10));
    world.restart_and_pick_up();
    const auto again = record_of(world.submit(under(pos)));
    EXPECT_EQ(again.id, before.id);
    EXPECT_EQ(again.state, state::succeeded);
}

TEST_F(EngineFormerly, ShowsTheCallerWhatItHadUnderEarlierNames) {
    const auto before = done_under(anonymous);
    world.restart_and_pick_up();
    const auto found = world.run(
        world.core->find(before.id, {.caller = pos, .accounts = {}}, world.waiting(milliseconds(0)))
    );
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(found));
    const auto other = world.run(world.core->find(
        before.id, {.caller = caller_name("web"), .accounts = {}}, world.waiting(milliseconds(0))
    ));
    EXPECT_TRUE(std::holds_alternative<not_found>(other));
    const auto by_key = world.run(world.core->find_by_key(pos, before.key));
    EXPECT_TRUE(std::holds_alternative<redemption_snapshot>(by_key));
    list_filter own;
    own.caller = pos;
    const auto listed = world.run(world.core->list(own));
    ASSERT_TRUE(std::holds_alternative<std::vector<record>>(listed));
    EXPECT_EQ(std::get<std::vector<record>>(listed).size(), 1U);
}

}  // namespace
}  // namespace gateway::redemption
