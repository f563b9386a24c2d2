#include "redemption/rules/order_gate.hpp"

#include "gates.hpp"

namespace gateway::redemption {
namespace {

TEST_F(Gates, OneOrderGoesOutOneAtATimeInOrderOfArrival) {
    order_gate orders;
    const auto a = live("order_id:1");
    const auto b = live("order_id:1");
    const auto c = live("order_id:2");
    const auto free = live();
    orders.join(*a);
    orders.join(*b);
    orders.join(*c);
    orders.join(*free);
    EXPECT_TRUE(orders.its_turn(*a));
    EXPECT_FALSE(orders.its_turn(*b));
    EXPECT_TRUE(orders.its_turn(*c));
    EXPECT_TRUE(orders.its_turn(*free));
    orders.leave(*a);
    orders.leave(*a);
    EXPECT_TRUE(orders.its_turn(*b));
    orders.leave(*b);
    orders.leave(*c);
    EXPECT_EQ(orders.lines(), 0U);
}

TEST_F(Gates, ARedemptionOfTwoOrdersWaitsForBoth) {
    order_gate orders;
    const auto a = live("order_id:1");
    const auto b = live("out_order_id:x");
    auto both = live("order_id:1");
    both->what.orders.emplace_back("out_order_id:x");
    orders.join(*a);
    orders.join(*b);
    orders.join(*both);
    orders.leave(*a);
    EXPECT_FALSE(orders.its_turn(*both));
    orders.leave(*b);
    EXPECT_TRUE(orders.its_turn(*both));
}

// Whose turn it is in one of the lines keeps it in both; the others stand in order of arrival.
TEST_F(Gates, LinesOfOneOrderBecomeOneLine) {
    order_gate orders;
    const auto a = live("order_id:1");
    const auto x = live("out_order_id:x");
    const auto y = live("out_order_id:x");
    const auto b = live("order_id:1");
    const auto both = live("order_id:1");
    both->what.orders.emplace_back("out_order_id:x");
    for (auto* one : {a.get(), x.get(), y.get(), b.get(), both.get()}) {
        orders.join(*one);
    }
    EXPECT_TRUE(orders.its_turn(*a));
    EXPECT_TRUE(orders.its_turn(*x));
    a->in_flight = true;
    x->in_flight = true;
    orders.link(*both, {order_key("order_id:1"), order_key("out_order_id:x")});
    EXPECT_FALSE(orders.its_turn(*a)) << "an attempt of another is under way";
    x->in_flight = false;
    EXPECT_TRUE(orders.its_turn(*a));
    for (auto* one : {a.get(), x.get(), y.get(), b.get(), both.get()}) {
        EXPECT_TRUE(orders.its_turn(*one));
        one->in_flight = false;
        orders.leave(*one);
    }
    EXPECT_EQ(orders.lines(), 0U);
}

// The journal knows that the order's line is another than the one it stands in.
TEST_F(Gates, OneThatIsLinkedStandsByItsArrivalButBehindWhoseTurnHasCome) {
    order_gate orders;
    const auto early = live("out_order_id:x");
    const auto leader = live("order_id:1");
    const auto late = live("order_id:1");
    for (auto* one : {early.get(), leader.get(), late.get()}) {
        orders.join(*one);
    }
    EXPECT_TRUE(orders.its_turn(*leader));
    orders.link(*early, {order_key("order_id:1")});
    EXPECT_FALSE(orders.its_turn(*early));
    EXPECT_TRUE(orders.its_turn(*leader));
    orders.leave(*leader);
    EXPECT_TRUE(orders.its_turn(*early));
    EXPECT_FALSE(orders.its_turn(*late));
    orders.leave(*early);
    EXPECT_TRUE(orders.its_turn(*late));
    orders.leave(*late);
    EXPECT_EQ(orders.lines(), 0U);
}

}  // namespace
}  // namespace gateway::redemption
