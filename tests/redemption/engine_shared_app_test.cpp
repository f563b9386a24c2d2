// docs/redemption-rules.md, Bans: two configured accounts of one app.
#include <gtest/gtest.h>

#include <algorithm>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;
using testing::scripted_account;

// Two accounts of one app share its bans, which the platform counts by app.
struct EngineSiblings : ::testing::Test {
    EngineSiblings() {
        world.others = {&sibling, &stranger};
        world.restart();
    }
    ~EngineSiblings() override {
        world.others.clear();
        world.restart();
    }
    submission wish_of(const char* account, const char* key, seconds lasts = seconds(60)) {
        auto wish = world.wish(key);
        wish.account = account_name(account);
        wish.expires_in = lasts;
        return wish;
    }
    void meet_a_ban(bool doubted) {
        auto banned = outcome(phase::answered, verdict::not_executed);
        banned.ban = std::chrono::minutes(30);
        banned.ban_doubted = doubted;
        world.account.script = {banned};
        world.submit(wish_of("shop", "meets it", std::chrono::hours(1)), milliseconds(10));
    }
    std::size_t bans_of(const char* account) {
        for (const auto& one : world.core->accounts()) {
            if (one.name == account_name(account)) {
                return one.bans.size();
            }
        }
        return 0;
    }

    core_world world;
    scripted_account sibling{world.time, "sibling", "shop"};
    scripted_account stranger{world.time, "stranger"};
};

TEST_F(EngineSiblings, ObeyABanOfTheirApp) {
    meet_a_ban(false);
    EXPECT_EQ(bans_of("sibling"), 1U);
    EXPECT_EQ(bans_of("stranger"), 0U);
    const auto refused = world.submit(wish_of("sibling", "too soon"));
    ASSERT_TRUE(std::holds_alternative<unavailable>(refused));
    EXPECT_TRUE(sibling.seen.empty());
    EXPECT_EQ(record_of(world.submit(wish_of("stranger", "k"))).state, state::succeeded);
    world.run_for(std::chrono::minutes(31));
    EXPECT_EQ(record_of(world.submit(wish_of("sibling", "later"))).state, state::succeeded);
}

// An order belongs to the app: the platform sees one order, whichever account writes.
TEST_F(EngineSiblings, SendOneOrderOneAtATimeInOrderOfArrival) {
    int keys = 0;
    std::size_t most = 0;
    std::string sent;
    const auto count = [&](const char* who) {
        return [&, who] {
            sent += who;
            most = std::max(most, world.account.at_once + sibling.at_once);
        };
    };
    world.account.takes = sibling.takes = milliseconds(20);
    world.account.during = count("a");
    sibling.during = count("b");
    for (const char* account : {"shop", "sibling", "shop", "sibling"}) {
        auto wish = wish_of(account, ("k" + std::to_string(keys++)).c_str());
        wish.terms.orders = {order_key("order_id:1")};
        world.submit(wish, milliseconds(0));
    }
    world.run_for(seconds(1));
    EXPECT_EQ(sent, "abab");
    EXPECT_EQ(most, 1U);
}

TEST_F(EngineSiblings, GoOnWhenATrialShowsThatADoubtedBanIsOver) {
    meet_a_ban(true);
    ASSERT_EQ(bans_of("sibling"), 1U);
    world.run_for(std::chrono::minutes(6));
    EXPECT_EQ(world.account.seen.size(), 2U);
    EXPECT_EQ(bans_of("sibling"), 0U);
}

TEST_F(EngineSiblings, GoOnWhenAnOperatorEndsTheBanOfOne) {
    meet_a_ban(false);
    ASSERT_EQ(bans_of("sibling"), 1U);
    world.run(world.core->try_now(account_name("shop"), std::nullopt, "ops"));
    EXPECT_EQ(bans_of("sibling"), 0U);
    EXPECT_EQ(record_of(world.submit(wish_of("sibling", "k"))).state, state::succeeded);
}

}  // namespace
}  // namespace gateway::redemption
