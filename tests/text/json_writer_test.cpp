#include "text/json_writer.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

TEST(JsonWriter, EscapesTextAndReplacesInvalidUtf8) {
    struct row {
        const char* name;
        std::string value;
        std::string json;
    };
    const row rows[] = {
        {"plain", "abc", R"("abc")"},
        {"quotes and backslashes", R"(a"b\c)", R"("a\"b\\c")"},
        {"line breaks", "a\r\n\tb", R"("a\r\n\tb")"},
        {"control characters", std::string("\x00\x1F\x7F", 3), R"("\u0000\u001f\u007f")"},
        {"Chinese and emoji", "操作成功😀", "\"操作成功😀\""},
        {"a lone continuation byte", "a\x80z", "\"a\xEF\xBF\xBDz\""},
        {"a character cut short", "a\xE6\x93", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"an overlong slash", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"a surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        std::string out;
        append_json_string(out, row.value);
        EXPECT_EQ(out, row.json);
    }
}

TEST(JsonWriter, EscapesWhatATerminalWouldObey) {
    const struct {
        const char* value;
        const char* json;
    } rows[] = {
        {"a\xC2\x9B"
         "31m",
         R"("a\u009b31m")"},
        {"a\xE2\x80\xA8", R"("a\u2028")"},
        {"\xE2\x80\xAE"
         "21",
         R"("\u202e21")"},
        {"1\xE2\x80\x8B"
         "2",
         R"("1\u200b2")"},
        {"\xEF\xBB\xBFx", R"("\ufeffx")"},
        {"\xF3\xA0\x81\x81", R"("\udb40\udc41")"},
        {"核销 é 😀", "\"核销 é 😀\""},
    };
    for (const auto& row : rows) {
        std::string out;
        append_json_string(out, row.value);
        EXPECT_EQ(out, row.json);
    }
}

TEST(JsonWriter, SeparatesMembersAndElementsWithCommas) {
    json_writer out;
    out.begin_object();
    out.begin_array("empty");
    out.end_array();
    out.begin_array("two");
    out.text_element("[");
    out.text_element("{");
    out.end_array();
    out.begin_object("inner");
    out.number("n", -5);
    out.boolean("b", false);
    out.end_object();
    out.raw("raw", "{\"a\":1}");
    out.raw("nothing", "");
    out.end_object();
    EXPECT_EQ(
        out.str(),
        R"({"empty":[],"two":["[","{"],"inner":{"n":-5,"b":false},"raw":{"a":1},"nothing":null})"
    );
}

}  // namespace
}  // namespace gateway::text
