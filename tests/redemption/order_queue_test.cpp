// docs/redemption-rules.md, One order at a time.
#include "redemption/rules/order_queue.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace gateway::redemption {
namespace {

const order_key order_1("order_id:1");
const order_key order_2("order_id:2");
const order_key order_x("out_order_id:x");

class OrderQueue : public ::testing::Test {
protected:
    order_ticket& joined(
        const std::vector<order_key>& aliases, const account_name& account = account_name("shop")
    ) {
        auto& one =
            tickets_.emplace_back(waiter_id{static_cast<std::uint64_t>(tickets_.size() + 1)});
        orders.join(one, account, aliases);
        return one;
    }
    void merge(order_ticket& one, const std::vector<order_key>& aliases) {
        orders.merge(one, account_name("shop"), aliases);
    }

    order_queue orders;

private:
    std::deque<order_ticket> tickets_;  // stays where it is
};

TEST_F(OrderQueue, OneOrderGoesOutOneAtATimeInOrderOfArrival) {
    auto& a = joined({order_1});
    auto& b = joined({order_1});
    auto& c = joined({order_2});
    auto& without_order = joined({});
    EXPECT_TRUE(orders.take_turn(a));
    EXPECT_FALSE(orders.take_turn(b));
    EXPECT_TRUE(orders.take_turn(c));
    EXPECT_TRUE(orders.take_turn(without_order));
    EXPECT_EQ(orders.leave(a), waiter_ids{b.owner()});
    EXPECT_EQ(orders.leave(a), waiter_ids{});
    EXPECT_TRUE(orders.take_turn(b));
    orders.leave(b);
    orders.leave(c);
    EXPECT_EQ(orders.leave(without_order), waiter_ids{});
    EXPECT_EQ(orders.fifos(), 0U);
}

TEST_F(OrderQueue, DifferentAccountsShareNothing) {
    joined({order_1});
    EXPECT_TRUE(orders.take_turn(joined({order_1}, account_name("other"))));
}

TEST_F(OrderQueue, TheSameAliasTwiceIsOne) {
    auto& a = joined({order_1, order_1});
    EXPECT_TRUE(orders.take_turn(a));
    orders.leave(a);
    EXPECT_EQ(orders.fifos(), 0U);
}

TEST_F(OrderQueue, ARedemptionOfTwoOrdersWaitsForBoth) {
    auto& a = joined({order_1});
    auto& x = joined({order_x});
    auto& both = joined({order_1, order_x});
    EXPECT_EQ(orders.leave(a), waiter_ids{both.owner()});
    EXPECT_FALSE(orders.take_turn(both));
    EXPECT_EQ(orders.leave(x), waiter_ids{both.owner()});
    EXPECT_TRUE(orders.take_turn(both));
}

// One whose turn has come in one of the FIFOs keeps it in both; the others are in order of arrival.
TEST_F(OrderQueue, AliasesOfOneOrderAreMerged) {
    auto& a = joined({order_1});
    auto& x = joined({order_x});
    auto& y = joined({order_x});
    auto& b = joined({order_1});
    auto& both = joined({order_1, order_x});
    EXPECT_TRUE(orders.take_turn(a));
    EXPECT_TRUE(orders.take_turn(x));
    orders.begin_attempt(a);
    orders.begin_attempt(x);
    merge(both, {order_1, order_x});
    EXPECT_FALSE(orders.take_turn(a)) << "an attempt of another is under way";
    EXPECT_EQ(orders.end_attempt(x), waiter_ids{a.owner()});
    EXPECT_TRUE(orders.take_turn(a));
    for (auto* const one : {&a, &x, &y, &b, &both}) {
        EXPECT_TRUE(orders.take_turn(*one));
        orders.leave(*one);
    }
    EXPECT_EQ(orders.fifos(), 0U);
}

// The journal knows another canonical key of the order than the one under which it is queued.
TEST_F(OrderQueue, AMergedOneIsQueuedByItsArrivalButNotBeforeOneWhoseTurnHasCome) {
    auto& early = joined({order_x});
    auto& leader = joined({order_1});
    auto& late = joined({order_1});
    EXPECT_TRUE(orders.take_turn(leader));
    merge(early, {order_1});
    EXPECT_FALSE(orders.take_turn(early));
    EXPECT_TRUE(orders.take_turn(leader));
    EXPECT_EQ(orders.leave(leader), waiter_ids{early.owner()});
    EXPECT_TRUE(orders.take_turn(early));
    EXPECT_FALSE(orders.take_turn(late));
    orders.leave(early);
    EXPECT_TRUE(orders.take_turn(late));
    orders.leave(late);
    EXPECT_EQ(orders.fifos(), 0U);
}

TEST_F(OrderQueue, MergingNothingOrTheKeyItHasChangesNothing) {
    auto& a = joined({order_1});
    merge(a, {});
    merge(a, {order_1});
    EXPECT_EQ(orders.fifos(), 1U);
    EXPECT_TRUE(orders.take_turn(a));
}

// Its coroutine may end while an attempt is under way.
TEST_F(OrderQueue, LeavingEndsTheAttempt) {
    auto& a = joined({order_1});
    auto& x = joined({order_x});
    orders.take_turn(a);
    orders.take_turn(x);
    orders.begin_attempt(x);
    merge(a, {order_1, order_x});
    EXPECT_FALSE(orders.take_turn(a));
    EXPECT_EQ(orders.leave(x), waiter_ids{a.owner()});
    EXPECT_FALSE(x.in_flight());
    EXPECT_TRUE(orders.take_turn(a));
}

}  // namespace
}  // namespace gateway::redemption
