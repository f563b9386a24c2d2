#include "config/yaml_tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gateway::config {
namespace {

using form = yaml_node::form;

yaml_node tree_of(std::string_view text) {
    auto parsed = parse_yaml(text);
    if (const auto* problem = std::get_if<yaml_problem>(&parsed)) {
        ADD_FAILURE() << problem->line << ": " << problem->what;
        return {};
    }
    return std::get<yaml_node>(std::move(parsed));
}

TEST(YamlTree, KeepsEveryEntryWithItsLine) {
    const yaml_node root = tree_of("a: 1\nb:\n  - x\n  - c: 'two'\na:\n");
    ASSERT_EQ(root.is, form::section);
    ASSERT_EQ(root.entries.size(), 3u);
    EXPECT_EQ(root.entries[0].value.text, "1");
    EXPECT_EQ(root.entries[0].line, 1);
    EXPECT_EQ(root.entries[1].value.is, form::list);
    EXPECT_EQ(root.entries[1].value.line, 2);
    ASSERT_EQ(root.entries[1].value.items.size(), 2u);
    EXPECT_EQ(root.entries[1].value.items[0].line, 3);
    EXPECT_EQ(root.entries[1].value.items[1].line, 4);
    EXPECT_EQ(root.entries[1].value.items[1].find("c")->text, "two");
    EXPECT_EQ(root.entries[2].key, "a");
    EXPECT_EQ(root.entries[2].value.is, form::nothing);
    EXPECT_EQ(root.entries[2].line, 5);
}

TEST(YamlTree, DistinguishesTheWordNullFromNothing) {
    const yaml_node root = tree_of("a: ~\nb: null\nc: 'null'\n");
    EXPECT_EQ(root.find("a")->is, form::nothing);
    EXPECT_EQ(root.find("b")->is, form::nothing);
    EXPECT_EQ(root.find("c")->is, form::text);
    EXPECT_EQ(root.find("d"), nullptr);
}

TEST(YamlTree, TakesJsonAndWindowsLineEnds) {
    const yaml_node root = tree_of("{\"a\": [1, 2],\r\n\"b\": \"x\"}\r\n");
    EXPECT_EQ(root.find("a")->items.size(), 2u);
    EXPECT_EQ(root.find("b")->line, 2);
    EXPECT_EQ(root.find("b")->text, "x");
}

TEST(YamlTree, RefusesWhatIsTooLarge) {
    const auto large = parse_yaml(std::string(1024 * 1024 + 1, ' '));
    EXPECT_EQ(std::get<yaml_problem>(large).what, "larger than 1MiB");

    std::string many = "a: [";
    for (int i = 0; i < 100'001; ++i) {
        many += "1,";
    }
    EXPECT_EQ(std::get<yaml_problem>(parse_yaml(many + "1]")).what, "too many values in one file");
}

TEST(YamlTree, SurvivesBytesThatAreNoText) {
    for (const std::string& text :
         {std::string("a: \0b", 5),
          std::string("\xff\xfe"),
          std::string("a: \xc3\x28"),
          std::string("%YAML 9.9\n---\na"),
          std::string("%TAG ! !\n"),
          std::string("!"),
          std::string("&"),
          std::string("*"),
          std::string("? ? ? ? ?"),
          std::string("- - - - -"),
          std::string("[[[,,,]]"),
          std::string("{,:}"),
          std::string("|\n"),
          std::string(": : :"),
          std::string("\"\\x"),
          std::string("\"\\uD800\""),
          std::string("---\n---\n---")}) {
        SCOPED_TRACE(text);
        const auto parsed = parse_yaml(text);
        if (const auto* problem = std::get_if<yaml_problem>(&parsed)) {
            EXPECT_NE(problem->what, "");
        }
    }
}

}  // namespace
}  // namespace gateway::config
