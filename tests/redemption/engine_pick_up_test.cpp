// What a process takes over from the one before it, beside the redemptions themselves.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

const order_key one_order("order_id:1");

attempt_outcome given_up_at_once() {
    auto skew = outcome(phase::answered, verdict::not_executed);
    skew.retry_once = true;
    return skew;
}

submission of_one_order(const core_world& world, const char* key, bool replay_safe = true) {
    auto wish = world.wish(key, replay_safe, std::string("{\"key\":\"") + key + "\"}");
    wish.terms.orders = {one_order};
    return wish;
}

// The one in doubt is the first of its order, for as long as the account's script says so.
void put_in_doubt(core_world& world, const char* key) {
    for (int i = 0; i < 20; ++i) {
        world.account.script.push_back(outcome(phase::maybe_sent, verdict::ambiguous));
    }
    const auto first = record_of(world.submit(of_one_order(world, key), milliseconds(20)));
    EXPECT_EQ(first.state, state::pending);
}

void expect_sent(core_world& world, const std::vector<std::string>& keys) {
    world.account.script.clear();
    world.account.params.clear();
    world.restart_and_pick_up();
    world.run_for(seconds(1));
    std::vector<std::string> params;
    for (const auto& key : keys) {
        params.push_back("{\"key\":\"" + key + "\"}");
    }
    EXPECT_EQ(world.account.params, params);
}

TEST(EnginePickUp, KeepsWhatStartedOverBehindWhatWaitedAlready) {
    core_world world;
    world.account.script = {given_up_at_once(), given_up_at_once()};
    ASSERT_EQ(record_of(world.submit(of_one_order(world, "early"))).state, state::failed);
    put_in_doubt(world, "first");
    world.submit(of_one_order(world, "second"), milliseconds(0));
    world.submit(of_one_order(world, "early"), milliseconds(20));
    world.submit(of_one_order(world, "last"), milliseconds(20));
    expect_sent(world, {"first", "second", "early", "last"});
}

TEST(EnginePickUp, KeepsWhatAnOperatorSentAgainBehindWhatWaitedAlready) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto early = record_of(world.submit(of_one_order(world, "early", false)));
    ASSERT_EQ(early.state, state::unknown);
    put_in_doubt(world, "first");
    world.submit(of_one_order(world, "second"), milliseconds(0));
    EXPECT_EQ(record_of(world.run(world.core->retry(early.id, "", "ops"))).state, state::pending);
    world.submit(of_one_order(world, "last"), milliseconds(20));
    expect_sent(world, {"first", "second", "early", "last"});
}

// A wish that comes while the retry is being written is queued behind it, as in the journal.
TEST(EnginePickUp, GivesARetryItsPositionWhenItIsWritten) {
    core_world world;
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto early = record_of(world.submit(of_one_order(world, "early", false)));
    world.account.params.clear();
    std::optional<submit_outcome> later;
    world.journal.during_settle = [&] {
        world.start(world.core->submit(of_one_order(world, "later"), {}), later);
    };
    world.run(world.core->retry(early.id, "", "ops"));
    world.run_for(milliseconds(100));
    const std::vector<std::string> expected{R"({"key":"early"})", R"({"key":"later"})"};
    EXPECT_EQ(world.account.params, expected);
}

TEST(EnginePickUp, ObeysBansThatTheEarlierProcessMet) {
    core_world world;
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = seconds(20);
    world.account.script = {banned};
    world.submit(world.wish("k"), milliseconds(20));
    world.restart_and_pick_up();
    ASSERT_EQ(world.core->accounts()[0].bans.size(), 1U);
    EXPECT_LE(world.core->accounts()[0].bans[0].left, seconds(20));
    EXPECT_GT(world.core->accounts()[0].bans[0].left, seconds(10));
    world.run_for(milliseconds(700));  // beyond what a pick-up draws
    EXPECT_EQ(world.account.seen.size(), 1U);
    auto hasty = world.wish("hasty");
    hasty.expires_in = seconds(5);
    EXPECT_TRUE(std::holds_alternative<unavailable>(world.submit(hasty)));
}

// A method's ban of hours is no less doubtful after a restart; one of a quota is obeyed.
TEST(EnginePickUp, TriesABanThatTheEarlierProcessTriedAndNoOther) {
    for (const bool doubted : {true, false}) {
        SCOPED_TRACE(doubted);
        core_world world;
        auto banned = outcome(phase::answered, verdict::not_executed);
        banned.ban = hours(2);
        banned.ban_doubted = doubted;
        world.account.script = {banned};
        auto wish = world.wish("k");
        wish.expires_in = hours(24);
        world.submit(std::move(wish), milliseconds(20));
        world.restart_and_pick_up();
        ASSERT_EQ(world.core->accounts()[0].bans.size(), 1U);
        EXPECT_EQ(world.core->accounts()[0].bans[0].trial_in.has_value(), doubted);
        world.run_for(minutes(4));
        EXPECT_EQ(world.account.seen.size(), 1U);
        world.run_for(minutes(2));
        EXPECT_EQ(world.account.seen.size(), doubted ? 2U : 1U);
    }
}

TEST(EnginePickUp, ComputesWhatIsLeftOfABan) {
    struct ban_row {
        const char* name;
        milliseconds named_ago;
        const char* account;
        std::optional<milliseconds> left;
    };
    const ban_row rows[] = {
        {"named half its length ago", seconds(30), "shop", seconds(30)},
        {"over", minutes(2), "shop", std::nullopt},
        {"clock was set back", -hours(24), "shop", minutes(1)},
        {"account is gone", seconds(0), "gone", std::nullopt},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        core_world world;
        const auto now = world.time.wall_now();
        world.journal.bans = {
            {identity_of(platform_kind::taobao, row.account),
             method_name("test.redeem"),
             now - row.named_ago,
             minutes(1)}
        };
        world.restart_and_pick_up();
        const auto bans = world.core->accounts()[0].bans;
        ASSERT_EQ(bans.size(), row.left ? 1U : 0U);
        if (row.left) {
            EXPECT_EQ(bans[0].method, method_name("test.redeem"));
            EXPECT_LE(bans[0].left, *row.left + seconds(1));
            EXPECT_GT(bans[0].left, *row.left - seconds(10));
        }
    }
}

}  // namespace
}  // namespace gateway::redemption
