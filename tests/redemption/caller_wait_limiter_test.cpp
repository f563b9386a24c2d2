#include "redemption/rules/caller_wait_limiter.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

// How many more callers may wait for it, ten thousand at most.
std::size_t fill(caller_wait_limiter& limiter, const account_name& account) {
    std::size_t waits = 0;
    while (waits < 10'000 && limiter.try_acquire(account)) {
        ++waits;
    }
    return waits;
}

TEST(CallerWaitLimiter, ReservesAShareForEachAccount) {
    caller_wait_limiter limiter(16, 2);
    const account_name stalled("stalled");
    const account_name other("other");
    EXPECT_EQ(fill(limiter, stalled), 8U) << "half of them";
    EXPECT_EQ(fill(limiter, other), 2U) << "its share of a quarter";
    for (int i = 0; i < 8; ++i) {
        limiter.release(stalled);
    }
    EXPECT_TRUE(limiter.try_acquire(stalled)) << "a release makes way for another wait";
    EXPECT_TRUE(limiter.try_acquire(other));
}

TEST(CallerWaitLimiter, ReservesNothingForASingleAccount) {
    caller_wait_limiter of_one_account(16, 1);
    EXPECT_EQ(fill(of_one_account, account_name("shop")), 16U);
    caller_wait_limiter without_a_quarter(2, 2);
    EXPECT_EQ(fill(without_a_quarter, account_name("shop")), 2U);
}

}  // namespace
}  // namespace gateway::redemption
