#include "server/http/request_limiter.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace gateway::server {
namespace {

using handlers::caller_identity;

const caller_identity alice{redemption::caller_name("alice"), {}};
const caller_identity bob{redemption::caller_name("bob"), {}};

// The permits that a caller gets beside those that are held, and the reason of the first refusal.
struct taken {
    std::vector<request_limiter::permit> permits;
    std::string_view refusal;
};

taken take_all(request_limiter& all, const caller_identity& caller) {
    taken out;
    for (;;) {
        auto got = all.try_acquire(caller);
        if (auto* permit = std::get_if<request_limiter::permit>(&got)) {
            out.permits.push_back(std::move(*permit));
            continue;
        }
        out.refusal = std::get<base::fixed_text>(got);
        return out;
    }
}

TEST(RequestLimiter, OneOfSeveralCallersLeavesPermitsToTheOthers) {
    request_limiter all(8, true);
    const auto first = take_all(all, alice);
    EXPECT_EQ(first.permits.size(), 6U);
    EXPECT_EQ(first.refusal, "caller_share");
    const auto second = take_all(all, bob);
    EXPECT_EQ(second.permits.size(), 2U);
    EXPECT_EQ(second.refusal, "in_flight");
}

TEST(RequestLimiter, ALoneCallerMayHoldAllPermits) {
    request_limiter all(8, false);
    EXPECT_EQ(take_all(all, alice).permits.size(), 8U);
}

TEST(RequestLimiter, APermitRepermitsWhenItIsDestroyed) {
    request_limiter all(8, true);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(take_all(all, alice).permits.size(), 6U);
        EXPECT_EQ(all.size(), 0U);
    }
}

TEST(RequestLimiter, TheSmallestLimitGivesAnyCallerItsPermit) {
    request_limiter all(1, true);
    EXPECT_EQ(take_all(all, alice).permits.size(), 1U);
}

TEST(RequestLimiter, PermitsAreScarceBeforeAnyIsRefused) {
    for (const std::size_t most : {1U, 2U, 3U, 4U, 8U}) {
        request_limiter all(most, true);
        EXPECT_FALSE(all.scarce()) << most;
        const auto first = take_all(all, alice);
        EXPECT_TRUE(all.scarce()) << most;
    }
    request_limiter all(8, true);
    std::vector<request_limiter::permit> permits;
    for (int i = 0; i < 2; ++i) {
        permits.push_back(std::get<request_limiter::permit>(all.try_acquire(alice)));
        EXPECT_FALSE(all.scarce()) << permits.size();
    }
    permits.push_back(std::get<request_limiter::permit>(all.try_acquire(alice)));
    EXPECT_TRUE(all.scarce());
}

}  // namespace
}  // namespace gateway::server
