#include "redemption/redemption_id.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/virtual_time.hpp"

namespace gateway::redemption {
namespace {

TEST(RedemptionId, IsAVersion7Uuid) {
    const auto id = new_redemption_id(
        std::chrono::system_clock::time_point(std::chrono::milliseconds(0x017F22E279B0)),
        0x9E37'79B9'7F4A'7C15U
    );
    ASSERT_EQ(id.str().size(), 36U);
    EXPECT_EQ(id.str().substr(0, 15), "017f22e2-79b0-7");
    EXPECT_NE(std::string("89ab").find(id.str()[19]), std::string::npos);
}

TEST(RedemptionId, GrowsWithinAMillisecond) {
    const std::chrono::system_clock::time_point start{std::chrono::hours(500'000)};
    std::string before;
    for (int i = 0; i < 1000; ++i) {
        const auto id = new_redemption_id(start + std::chrono::microseconds(i), 0);
        EXPECT_GT(id.str(), before);
        before = id.str();
    }
}

TEST(RedemptionId, NeverRepeatsAtOneInstant) {
    support::virtual_time time;
    const auto now = time.precise_wall_now();
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_TRUE(seen.insert(new_redemption_id(now, time.random_bits()).str()).second);
    }
}

}  // namespace
}  // namespace gateway::redemption
