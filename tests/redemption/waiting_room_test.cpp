#include "redemption/waiting_room.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gateway::redemption {
namespace {

TEST(WaitingRoom, KeepsSeatsForThoseWhoWaitForAnotherAccount) {
    waiting_room room(16, 2);
    const account_name stalled("stalled");
    const account_name other("other");
    std::vector<waiting_room::seat> seats;
    while (auto seat = room.enter(stalled)) {
        seats.push_back(std::move(*seat));
        ASSERT_LE(seats.size(), 8U);
    }
    EXPECT_EQ(seats.size(), 8U) << "half of them";
    std::vector<waiting_room::seat> others;
    while (auto seat = room.enter(other)) {
        others.push_back(std::move(*seat));
        ASSERT_LE(others.size(), 2U);
    }
    EXPECT_EQ(others.size(), 2U) << "its share of a quarter";
    seats.clear();
    EXPECT_TRUE(room.enter(stalled)) << "whoever leaves gives the seat back";
    EXPECT_TRUE(room.enter(other));
}

TEST(WaitingRoom, HoldsAllWhereNobodyElseNeedsASeat) {
    for (const std::size_t accounts : {1U, 2U}) {
        const std::size_t most = accounts == 1 ? 16 : 2;  // the latter has no quarter to share out
        waiting_room room(most, accounts);
        std::vector<waiting_room::seat> seats;
        while (seats.size() < most) {
            auto seat = room.enter(account_name("shop"));
            ASSERT_TRUE(seat) << seats.size() << " of " << most;
            seats.push_back(std::move(*seat));
        }
    }
}

}  // namespace
}  // namespace gateway::redemption
