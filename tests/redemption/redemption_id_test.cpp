#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <set>

#include "base/clock.hpp"
#include "redemption/service.hpp"

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
    const auto start = std::chrono::system_clock::now();
    std::string before;
    for (int i = 0; i < 1000; ++i) {
        const auto id = new_redemption_id(start + std::chrono::microseconds(i), 0);
        EXPECT_GT(id.str(), before);
        before = id.str();
    }
}

TEST(RedemptionId, NeverRepeatsAtOneInstant) {
    boost::asio::io_context loop;
    base::system_runtime time(loop.get_executor());
    const auto now = std::chrono::system_clock::now();
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_TRUE(seen.insert(new_redemption_id(now, time.random_bits()).str()).second);
    }
}

}  // namespace
}  // namespace gateway::redemption
