#include "text/sha256.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(Sha256, IsTheStandards) {
    const auto digest = text::sha256("abc");  // FIPS 180-4, example B.1
    EXPECT_EQ(digest[0], 0xBA);
    EXPECT_EQ(digest[31], 0xAD);
}

}  // namespace
}  // namespace gateway::text
