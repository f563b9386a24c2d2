#include "redemption/order_gate.hpp"

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
    EXPECT_TRUE(orders.first(*a));
    EXPECT_FALSE(orders.first(*b));
    EXPECT_TRUE(orders.first(*c));
    EXPECT_TRUE(orders.first(*free));
    orders.leave(*a);
    orders.leave(*a);
    EXPECT_TRUE(orders.first(*b));
    orders.leave(*b);
    orders.leave(*c);
    EXPECT_EQ(orders.orders(), 0U);
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
    EXPECT_FALSE(orders.first(*both));
    orders.leave(*b);
    EXPECT_TRUE(orders.first(*both));
}

}  // namespace
}  // namespace gateway::redemption
