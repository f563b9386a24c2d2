#include "redemption/rules/caller_wait_limiter.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

// How many more may wait for it, ten thousand at most.
std::size_t fill(waiting_room& room, const account_name& account) {
    std::size_t seats = 0;
    while (seats < 10'000 && room.enter(account)) {
        ++seats;
    }
    return seats;
}

TEST(WaitingRoom, KeepsSeatsForThoseWhoWaitForAnotherAccount) {
    waiting_room room(16, 2);
    const account_name stalled("stalled");
    const account_name other("other");
    EXPECT_EQ(fill(room, stalled), 8U) << "half of them";
    EXPECT_EQ(fill(room, other), 2U) << "its share of a quarter";
    for (int i = 0; i < 8; ++i) {
        room.left(stalled);
    }
    EXPECT_TRUE(room.enter(stalled)) << "whoever leaves gives the seat back";
    EXPECT_TRUE(room.enter(other));
}

TEST(WaitingRoom, HoldsAllWhereNobodyElseNeedsASeat) {
    waiting_room of_one_account(16, 1);
    EXPECT_EQ(fill(of_one_account, account_name("shop")), 16U);
    waiting_room without_a_quarter(2, 2);
    EXPECT_EQ(fill(without_a_quarter, account_name("shop")), 2U);
}

}  // namespace
}  // namespace gateway::redemption
