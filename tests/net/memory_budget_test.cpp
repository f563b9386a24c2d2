#include "net/memory_budget.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gateway::net {
namespace {

class MemoryBudget : public testing::Test {
protected:
    std::function<void()> recording(char name) {
        return [this, name] {
            evicted_ += name;
        };
    }

    memory_budget all_{100, [this] {
                           evicted_ += '!';
                       }};
    std::string evicted_;
};

TEST_F(MemoryBudget, GrantsWhatIsFreeAndTakesItBack) {
    memory_budget::share a(all_, recording('a'));
    {
        memory_budget::share b(all_, recording('b'));
        EXPECT_TRUE(a.resize(60));
        EXPECT_FALSE(b.resize(41));
        EXPECT_TRUE(b.resize(40));
        EXPECT_TRUE(a.resize(50));
        EXPECT_TRUE(b.resize(50));
        EXPECT_EQ(all_.used(), 100U);
    }
    EXPECT_EQ(all_.used(), 50U);
    a.release();
    EXPECT_EQ(all_.used(), 0U);
    EXPECT_EQ(evicted_, "");
}

TEST_F(MemoryBudget, HoldsWhatMustBeHeldBeyondItsLimit) {
    memory_budget::share working(all_, recording('w'));
    memory_budget::share waiting(all_, recording('1'));
    memory_budget::share answer(all_, recording('a'));
    memory_budget::share later(all_, recording('l'));
    EXPECT_TRUE(working.resize(60));
    waiting.waits_for_peer(true);
    EXPECT_TRUE(waiting.resize(40));
    answer.hold(70);
    EXPECT_EQ(evicted_, "1!");
    EXPECT_EQ(all_.used(), 130U);
    EXPECT_FALSE(later.resize(1));
    answer.waits_for_peer(true);
    EXPECT_TRUE(later.resize(40));
    EXPECT_EQ(evicted_, "1!a!");
    EXPECT_EQ(all_.used(), 100U);
}

TEST_F(MemoryBudget, EvictsTheLongestWaitAndNoHolderAtWork) {
    memory_budget::share working(all_, recording('w'));
    memory_budget::share idle(all_, recording('i'));
    memory_budget::share first(all_, recording('1'));
    memory_budget::share second(all_, recording('2'));
    memory_budget::share asking(all_, recording('a'));
    idle.waits_for_peer(true);
    first.waits_for_peer(true);
    second.waits_for_peer(true);
    EXPECT_TRUE(working.resize(30));
    EXPECT_TRUE(first.resize(30));
    EXPECT_TRUE(second.resize(30));
    EXPECT_TRUE(first.resize(40));
    EXPECT_TRUE(asking.resize(20));
    EXPECT_EQ(evicted_, "1!");
    EXPECT_TRUE(asking.resize(70));
    EXPECT_EQ(evicted_, "1!2!");
    EXPECT_FALSE(asking.resize(71));
    EXPECT_EQ(evicted_, "1!2!");
    EXPECT_EQ(all_.used(), 100U);
}

TEST_F(MemoryBudget, EvictsNoShorterWaitForTheLongest) {
    memory_budget::share first(all_, recording('1'));
    memory_budget::share second(all_, recording('2'));
    first.waits_for_peer(true);
    second.waits_for_peer(true);
    EXPECT_TRUE(first.resize(50));
    EXPECT_TRUE(second.resize(50));
    EXPECT_FALSE(first.resize(60));
    EXPECT_EQ(evicted_, "");
    // After work in between a wait begins anew.
    first.waits_for_peer(false);
    first.waits_for_peer(true);
    EXPECT_TRUE(first.resize(60));
    EXPECT_EQ(evicted_, "2!");
}

}  // namespace
}  // namespace gateway::net
