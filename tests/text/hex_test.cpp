#include "text/hex.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(Hex, WritesTwoDigitsForEachByte) {
    EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xa5\xff", 4)), "000fa5ff");
    EXPECT_EQ(to_upper_hex("\xa5\xff"), "A5FF");
    EXPECT_EQ(to_hex(""), "");
}

TEST(Hex, WritesTheLowestDigitsOfANumber) {
    std::string out;
    append_hex(out, 0x0123'4567'89AB'CDEFU, 4);
    append_hex(out, std::uint64_t{5}, 3);
    EXPECT_EQ(out, "cdef005");
}

TEST(Hex, ReadsDigitsOfEitherCaseInPairs) {
    EXPECT_EQ(from_hex("00fFA5"), std::string("\x00\xff\xa5", 3));
    EXPECT_EQ(from_hex(""), "");
    for (const char* broken : {"0", "0g", "g0", "0x", " 0", "00 "}) {
        EXPECT_EQ(from_hex(broken), std::nullopt) << broken;
    }
}

TEST(Hex, KnowsTheValueOfEachDigit) {
    int digits = 0;
    for (int c = 0; c < 256; ++c) {
        digits += hex_value(static_cast<char>(c)) >= 0 ? 1 : 0;
    }
    EXPECT_EQ(digits, 22);
    EXPECT_EQ(hex_value('9'), 9);
    EXPECT_EQ(hex_value('a'), 10);
    EXPECT_EQ(hex_value('F'), 15);
}

}  // namespace
}  // namespace gateway::text
