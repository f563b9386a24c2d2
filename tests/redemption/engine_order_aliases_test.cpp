// docs/redemption-rules.md, One order at a time: whichever of its aliases redemptions come with.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

const std::string number = "order_id:1";
const std::string own_number = "out_order_id:x";

struct EngineOrderAliases : ::testing::Test {
    submission naming(const std::string& key, const std::vector<std::string>& names) const {
        auto wish = world.wish(key, true, "{\"key\":\"" + key + "\"}");
        for (const auto& name : names) {
            wish.terms.orders.emplace_back(name);
        }
        return wish;
    }
    void submit_at_once(const std::string& key, const std::vector<std::string>& names) {
        world.submit(naming(key, names), milliseconds(0));
    }
    void put_in_doubt(const std::string& key, const std::string& name) {
        world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
        const auto doubted = record_of(world.submit(naming(key, {name}), milliseconds(20)));
        EXPECT_EQ(doubted.state, state::pending);
    }
    std::vector<std::string> sent() const {
        std::vector<std::string> keys;
        for (const auto& params : world.account.params) {
            keys.push_back(params.substr(8, params.size() - 10));
        }
        return keys;
    }
    using keys = std::vector<std::string>;

    core_world world;
};

TEST_F(EngineOrderAliases, GivenTogetherOnceAreOneOrderFromThenOn) {
    world.submit(naming("both", {number, own_number}));
    world.account.takes = milliseconds(20);
    submit_at_once("first", {own_number});
    submit_at_once("second", {number});
    submit_at_once("third", {own_number});
    submit_at_once("fourth", {number, own_number});
    world.run_for(milliseconds(300));
    EXPECT_EQ(sent(), (keys{"both", "first", "second", "third", "fourth"}));
    EXPECT_EQ(world.account.most_at_once, 1U);
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST_F(EngineOrderAliases, AreOneOrderStillInTheNextProcess) {
    world.submit(naming("both", {number, own_number}));
    world.restart();
    world.account.takes = milliseconds(20);
    submit_at_once("first", {number});
    submit_at_once("second", {own_number});
    world.run_for(milliseconds(200));
    EXPECT_EQ(sent(), (keys{"both", "first", "second"}));
    EXPECT_EQ(world.account.most_at_once, 1U);
}

// Two are the first of their own queues, both in doubt, when a third comes with both aliases.
TEST_F(EngineOrderAliases, MergeTheQueuesOfWhatWaitsAlready) {
    put_in_doubt("first", number);
    put_in_doubt("second", own_number);
    submit_at_once("third", {own_number});
    submit_at_once("both", {number, own_number});
    submit_at_once("fourth", {number});
    world.account.takes = milliseconds(20);
    world.run_for(milliseconds(1500));
    EXPECT_EQ(sent(), (keys{"first", "second", "first", "second", "third", "both", "fourth"}));
    EXPECT_EQ(world.account.most_at_once, 1U);
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST_F(EngineOrderAliases, MergeTheQueuesOfWhatWaitedWhenTheProcessDied) {
    put_in_doubt("first", number);
    put_in_doubt("second", own_number);
    submit_at_once("third", {own_number});
    submit_at_once("both", {number, own_number});
    world.account.params.clear();
    world.restart_and_pick_up();
    world.account.takes = milliseconds(300);
    world.run_for(milliseconds(2200));
    EXPECT_EQ(sent(), (keys{"first", "second", "third", "both"}));
    EXPECT_EQ(world.account.most_at_once, 1U);
}

TEST_F(EngineOrderAliases, AreOneOrderForWhatAnOperatorSendsAgain) {
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    auto unsafe = naming("unsafe", {own_number});
    unsafe.terms.replay_safe = false;
    const auto unknown = record_of(world.submit(unsafe));
    ASSERT_EQ(unknown.state, state::unknown);
    world.submit(naming("both", {number, own_number}));
    world.account.takes = milliseconds(20);
    submit_at_once("first", {number});
    EXPECT_EQ(record_of(world.run(world.core->retry(unknown.id, "", "ops"))).state, state::pending);
    submit_at_once("last", {number});
    world.run_for(milliseconds(200));
    EXPECT_EQ(sent(), (keys{"unsafe", "both", "first", "unsafe", "last"}));
    EXPECT_EQ(world.account.most_at_once, 1U);
}

// An order number that comes with two of the merchant's own: all three are one order, to be safe.
TEST_F(EngineOrderAliases, ThatContradictEachOtherAreAllOneOrder) {
    world.submit(naming("one", {number, own_number}));
    world.submit(naming("other", {"order_id:2", "out_order_id:y"}));
    world.submit(naming("both", {"order_id:2", own_number}));
    world.account.takes = milliseconds(20);
    submit_at_once("first", {number});
    submit_at_once("second", {"out_order_id:y"});
    submit_at_once("third", {"order_id:2"});
    submit_at_once("unrelated", {"order_id:3"});
    world.run_for(milliseconds(300));
    EXPECT_EQ(sent(), (keys{"one", "other", "both", "first", "unrelated", "second", "third"}));
    EXPECT_EQ(world.account.most_at_once, 2U);
}

// It asked for a permit when its turn had come; then its order was merged with another's, which
// comes before it and may be long in doubt.
TEST_F(EngineOrderAliases, ARedemptionWhoseTurnIsTakenBackBlocksNoOtherAtTheAccount) {
    world.limits.in_flight = 1;
    world.restart();
    put_in_doubt("first", number);
    world.account.params.clear();
    world.restart_and_pick_up();
    world.account.takes = milliseconds(700);
    submit_at_once("blocker", {});
    submit_at_once("second", {own_number});
    submit_at_once("both", {number, own_number});
    submit_at_once("unrelated", {});
    world.account.during = [&] {
        world.account.takes = milliseconds(20);
    };
    world.run_for(milliseconds(1500));
    EXPECT_EQ(sent(), (keys{"blocker", "unrelated", "first", "second", "both"}));
    EXPECT_EQ(world.core->at_work(), 0U);
}

TEST_F(EngineOrderAliases, WaitUntilTheEndOfAnothersAttemptIsDurable) {
    put_in_doubt("first", number);
    world.account.takes = milliseconds(100);
    submit_at_once("second", {own_number});
    submit_at_once("both", {number, own_number});
    world.journal.log.clear();
    world.journal.fail_settlements = 3;
    world.run_for(milliseconds(2500));
    EXPECT_EQ(sent(), (keys{"first", "second", "first", "both"}));
    EXPECT_EQ(world.journal.log.front(), "settle succeeded") << "of the second";
    EXPECT_EQ(world.core->at_work(), 0U);
}

}  // namespace
}  // namespace gateway::redemption
