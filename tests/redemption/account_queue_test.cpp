// A FIFO per method, because a ban blocks one method only: docs/redemption-rules.md, Bans.
#include "redemption/rules/account_queue.hpp"

#include "rules_fixture.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::seconds;

class AccountQueue : public AccountRules {
protected:
    account_ticket& joined(const method_name& method) {
        auto& one = ticket();
        queue.join(one, method);
        return one;
    }
    account_ticket& asking(const method_name& method) {
        auto& one = joined(method);
        queue.ask(one);
        return one;
    }

    void ban(const method_name& banned, time until) {
        queue.gate(banned).ban(until, false, waiter_id::none, now);
    }
    account_ticket& asking_once(const method_name& by) {
        auto& one = one_shot();
        queue.join(one, by);
        queue.ask(one);
        return one;
    }

    account_queue queue;
};

TEST_F(AccountQueue, TheOrderIsThatOfArrivalAcrossMethods) {
    auto& a = joined(method);
    auto& b = joined(other_method);
    EXPECT_TRUE(queue.has_turn(b, now)) << "a has not asked";
    queue.ask(b);
    EXPECT_TRUE(queue.has_turn(a, now));
    queue.ask(a);
    queue.ask(a);
    EXPECT_TRUE(queue.has_turn(a, now));
    EXPECT_FALSE(queue.has_turn(b, now));
    EXPECT_EQ(queue.asking_before(a, now), 0U);
    EXPECT_EQ(queue.asking_before(b, now), 1U);
    EXPECT_EQ(queue.first_of_each(), (waiter_ids{a.owner(), b.owner()}));
}

TEST_F(AccountQueue, ABannedMethodIsPassed) {
    asking(method);
    auto& b = asking(other_method);
    ban(method, now + seconds(1));
    EXPECT_TRUE(queue.has_turn(b, now));
    EXPECT_EQ(queue.asking_before(b, now), 0U);
    EXPECT_FALSE(queue.has_turn(b, now + seconds(1)));
    EXPECT_EQ(queue.asking_before(b, now + seconds(1)), 1U);
}

TEST_F(AccountQueue, APausedMethodIsPassedAndDoesNotCountForTheOthers) {
    for (auto* const one : {&asking(method), &asking(method)}) {
        queue.count(*one);
    }
    auto& b = asking(other_method);
    queue.gate(method).pause.on_fault(waiter_id{99}, base::fixed_text("no permission"), now);
    EXPECT_TRUE(queue.has_turn(b, now));
    EXPECT_EQ(queue.asking_before(b, now), 0U);
    EXPECT_EQ(queue.waiting_beside(other_method, now), 0U);
    EXPECT_EQ(queue.waiting_beside(method, now), 2U);
    EXPECT_EQ(queue.groups(other_method, now).size(), 1U);
    EXPECT_EQ(queue.groups(method, now).size(), 2U);
    EXPECT_FALSE(queue.has_turn(b, now + seconds(5))) << "the first of the other may probe";
}

TEST_F(AccountQueue, TheLanesPreferWhatIsSafeToRepeat) {
    using lane = account_queue::lane;
    auto& a = asking_once(method);
    auto& b = asking(method);
    auto& c = asking(other_method);
    EXPECT_TRUE(queue.has_turn(a, now, lane::all));
    EXPECT_FALSE(queue.has_turn(b, now, lane::all));
    for (const auto which : {lane::safe_first, lane::safe_only}) {
        EXPECT_FALSE(queue.has_turn(a, now, which));
        EXPECT_TRUE(queue.has_turn(b, now, which));
        EXPECT_FALSE(queue.has_turn(c, now, which));
    }
    EXPECT_EQ(queue.first_of_each(), (waiter_ids{a.owner(), b.owner(), c.owner()}));
    EXPECT_TRUE(queue.yield_position(b)) << "the turn is another's now";
    EXPECT_TRUE(queue.has_turn(c, now, lane::safe_first)) << "across methods";
    queue.yield_position(c);
    EXPECT_TRUE(queue.has_turn(a, now, lane::safe_first));
    EXPECT_FALSE(queue.has_turn(a, now, lane::safe_only));
}

TEST_F(AccountQueue, SaysWhetherTheFirstOfAFifoMadeWay) {
    auto& a = asking(method);
    auto& b = asking(method);
    auto& c = asking(method);
    EXPECT_FALSE(queue.yield_position(b));
    EXPECT_TRUE(queue.yield_position(a));
    EXPECT_FALSE(queue.yield_position(a)) << "it does not ask any more";
    EXPECT_FALSE(queue.leave(a));
    EXPECT_TRUE(queue.leave(c));
    EXPECT_FALSE(queue.leave(c));
    EXPECT_TRUE(queue.first_of_each().empty());
}

TEST_F(AccountQueue, OneThatLeftKeepsItsArrivalUnlessItsWaitIsCancelled) {
    auto& a = asking(method);
    auto& b = asking(method);
    queue.leave(a);
    queue.join(a, method);
    EXPECT_TRUE(queue.has_turn(a, now));
    queue.cancel_wait(a);
    queue.join(a, method);
    EXPECT_FALSE(queue.has_turn(a, now)) << "it arrives after b";
    EXPECT_TRUE(queue.has_turn(b, now));
}

TEST_F(AccountQueue, CountsWhatWaitsBesideOtherMethodsBans) {
    for (const auto* name : {&method, &method, &other_method}) {
        queue.count(joined(*name));
    }
    auto& uncounted = joined(method);
    EXPECT_EQ(queue.waiting(), 3U);
    ban(method, now + seconds(1));
    EXPECT_EQ(queue.waiting_beside(method, now), 3U) << "its own ban leaves none out";
    EXPECT_EQ(queue.waiting_beside(other_method, now), 1U);
    EXPECT_EQ(queue.waiting_beside(other_method, now + seconds(1)), 3U);
    queue.leave(uncounted);
    EXPECT_EQ(queue.waiting(), 3U);
}

TEST_F(AccountQueue, GroupsRedemptionsByTheEndOfTheirBan) {
    EXPECT_TRUE(queue.groups(method, now).empty());
    auto& a = joined(method);
    asking(method);
    asking(other_method);
    ban(method, now + seconds(7));
    const auto groups = queue.groups(method, now);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].from, now + seconds(7));
    EXPECT_EQ(groups[0].size, 2U);
    EXPECT_EQ(groups[1].from, now);
    EXPECT_EQ(groups[1].size, 1U);
    queue.leave(a);
    EXPECT_EQ(queue.groups(method, now)[0].size, 1U);
}

}  // namespace
}  // namespace gateway::redemption
