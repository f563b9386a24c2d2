#include "text/field_syntax.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace gateway::text {
namespace {

TEST(FieldSyntax, TrimsSpacesAndTabsOnly) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {" \t ", ""},
        {"a", "a"},
        {"\t a b \t", "a b"},
        {"a ", "a"},
        {" a", "a"},
        {"\n a \r", "\n a \r"},
    };
    for (const auto& [text, kept] : rows) {
        EXPECT_EQ(trimmed(text), kept);
    }
    EXPECT_EQ(trimmed("\r\n a \n", " \t\r\n"), "a");
}

}  // namespace
}  // namespace gateway::text
