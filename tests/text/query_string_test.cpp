#include "text/query_string.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(QueryString, DecodesEscapesAndKeepsThePlus) {
    const auto got = read_query("a=%31%20&&b=1+2&c&d=x=y");
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 4U);
    EXPECT_EQ((*got)[0].value, "1 ");
    EXPECT_EQ((*got)[1].value, "1+2");
    EXPECT_EQ((*got)[2].name, "c");
    EXPECT_EQ((*got)[2].value, "");
    EXPECT_EQ((*got)[3].value, "x=y");
    for (const char* text : {"a=%", "a=%1", "a=%zz", "%=1"}) {
        EXPECT_FALSE(read_query(text)) << text;
    }
}

}  // namespace
}  // namespace gateway::text
