// docs/redemption-rules.md, One order at a time.
#include "redemption/rules/order_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

namespace gateway::redemption {

struct order_queue_peer {
    static std::size_t fifos(const order_queue& of) { return of.fifos_.size(); }
};

namespace {

const order_key order_1("order_id:1");
const order_key order_2("order_id:2");
const order_key order_x("out_order_id:x");

class OrderQueue : public ::testing::Test {
protected:
    order_ticket& joined(
        const std::vector<order_key>& aliases,
        const platform_identity& scope = platform_identity("shop")
    ) {
        auto& one =
            tickets_.emplace_back(waiter_id{static_cast<std::uint64_t>(tickets_.size() + 1)});
        orders.join(one, scope, aliases);
        return one;
    }
    void merge(order_ticket& one, const std::vector<order_key>& aliases) {
        orders.merge(one, platform_identity("shop"), aliases);
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
    EXPECT_EQ(order_queue_peer::fifos(orders), 0U);
}

TEST_F(OrderQueue, DifferentAccountsShareNothing) {
    joined({order_1});
    EXPECT_TRUE(orders.take_turn(joined({order_1}, platform_identity("other"))));
}

TEST_F(OrderQueue, TheSameAliasTwiceIsOne) {
    auto& a = joined({order_1, order_1});
    EXPECT_TRUE(orders.take_turn(a));
    orders.leave(a);
    EXPECT_EQ(order_queue_peer::fifos(orders), 0U);
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
    EXPECT_EQ(order_queue_peer::fifos(orders), 0U);
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
    EXPECT_EQ(order_queue_peer::fifos(orders), 0U);
}

TEST_F(OrderQueue, MergingNothingOrTheKeyItHasChangesNothing) {
    auto& a = joined({order_1});
    merge(a, {});
    merge(a, {order_1});
    EXPECT_EQ(order_queue_peer::fifos(orders), 1U);
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

// Redemptions as the engine drives them: each looks for its turn when it comes and when it is
// notified, and at no other time.
class OrderQueueRuns : public OrderQueue {
protected:
    void run(unsigned seed) {
        std::mt19937 random(seed);
        const std::vector<order_key> aliases{order_1, order_2, order_x, order_key("outer_id:7")};
        const auto any_two = [&] {
            return std::vector{aliases[random() % 4], aliases[random() % 4]};
        };
        std::size_t to_come = 20;
        while (to_come > 0 || !under_way.empty()) {
            const bool arrives = to_come > 0 && (under_way.empty() || random() % 2 == 0);
            if (!arrives) {
                const auto one = std::next(
                    under_way.begin(), static_cast<std::ptrdiff_t>(random() % under_way.size())
                );
                end_attempt_of(**one, random() % 3 == 0);
                continue;
            }
            --to_come;
            auto& one = joined(any_two());
            waiting.insert(&one);
            if (random() % 3 == 0) {
                merge(one, any_two());
            }
            look(one);
        }
    }

    std::set<order_ticket*> waiting;
    std::set<order_ticket*> under_way;

private:
    void end_attempt_of(order_ticket& one, bool goes_on) {
        under_way.erase(&one);
        if (goes_on) {  // after a pause, while it stays the first of its order
            waiting.insert(&one);
            notify(orders.end_attempt(one));
            look(one);
        } else {
            notify(orders.leave(one));
        }
    }
    void notify(const waiter_ids& wake) {
        for (const auto id : wake) {
            const auto one = std::find_if(waiting.begin(), waiting.end(), [&](auto* ticket) {
                return ticket->owner() == id;
            });
            if (one != waiting.end()) {
                look(**one);
            }
        }
    }
    void look(order_ticket& one) {
        if (waiting.contains(&one) && orders.take_turn(one)) {
            orders.begin_attempt(one);
            waiting.erase(&one);
            under_way.insert(&one);
        }
    }
};

TEST_F(OrderQueueRuns, NoRedemptionWaitsForEver) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        run(seed);
        ASSERT_TRUE(waiting.empty()) << "seed " << seed;
        ASSERT_EQ(order_queue_peer::fifos(orders), 0U) << "seed " << seed;
    }
}

}  // namespace
}  // namespace gateway::redemption
