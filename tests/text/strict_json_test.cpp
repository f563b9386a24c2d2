#include "text/strict_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace gateway::text {
namespace {

struct bad_text {
    const char* name;
    std::string text;
    const char* says;
};

TEST(StrictJson, RefusesTextWithMoreThanOneReading) {
    const bad_text rows[] = {
        {"repeated member", R"({"a":1,"a":2})", "twice"},
        {"repeated through an escape", R"({"a":1,"\u0061":2})", "twice"},
        {"repeated deep inside", R"({"x":[{"b":1,"c":2,"b":3}]})", "twice"},
        {"empty", "", "ends early"},
        {"cut off", R"({"a":)", "ends early"},
        {"cut off string", R"({"a":"b)", "ends early"},
        {"two values", "{} {}", ""},
        {"trailing comma", R"({"a":1,})", "not JSON"},
        {"comment", "{/* no */}", "not JSON"},
        {"single quotes", "{'a':1}", "not JSON"},
        {"raw line break in a string", "{\"a\":\"b\nc\"}", "not JSON"},
        {"invalid UTF-8", "{\"a\":\"\xC3\x28\"}", "not JSON"},
        {"overlong UTF-8", "{\"a\":\"\xC0\xAF\"}", "not JSON"},
        {"half a surrogate pair", R"({"a":"\ud800"})", "not JSON"},
        {"byte order mark", "\xEF\xBB\xBF{}", "U+FEFF"},
        {"UTF-16", std::string("\xFF\xFE{\0}\0", 6), "UTF-16"},
        {"NaN", R"({"a":NaN})", "not JSON"},
        {"leading zero", R"({"a":01})", "not JSON"},
        {"a number without a double", R"({"a":[1e400]})", "larger than a double"},
        {"an exponent without end", R"(-1e99999999999)", "larger than a double"},
        {"too deep", std::string(40, '[') + std::string(40, ']'), "deeper"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto parsed = parse_strict(row.text);
        EXPECT_FALSE(parsed);
        if (!parsed) {
            EXPECT_NE(parsed.error().what.view().find(row.says), std::string::npos)
                << parsed.error().what.view();
        }
    }
}

TEST(StrictJson, AcceptsWhatRfc8259Allows) {
    for (const char* text :
         {R"({})",
          R"( {"a" : [1, 2.5, -3e2, true, null, "x"]} )",
          R"({"a":{"a":{"a":1}}})",
          R"({"😀":"é"})",
          R"([9007199254740993])",
          R"([1.7976931348623157e308,1e-400])"}) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(parse_strict(text));
    }
}

TEST(StrictJson, ReadsFractionsToTheNearestDouble) {
    for (const auto& [text, expected] : {
             std::pair{"3.14159265358979323846", 3.14159265358979323846},
             std::pair{
                 "123456789012345678901234567890123456789",
                 123456789012345678901234567890123456789.0
             },
             std::pair{"922339223376208354775893", 922339223376208354775893.0},
             std::pair{"0.30000000000000004", 0.30000000000000004},
             std::pair{"5e-324", 5e-324},
             std::pair{"1e-400", 0.0},
             std::pair{"0e400", 0.0},
         }) {
        SCOPED_TRACE(text);
        const auto parsed = parse_strict(text);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->to_number<double>(), expected);
        const auto canonical = canonical_text(*parsed);
        EXPECT_EQ(canonical_text(*parse_strict(canonical)), canonical);
    }
}

TEST(StrictJson, KeepsSixtyFourBitNumbersExactly) {
    const auto parsed =
        parse_strict("[9223372036854775807,-9223372036854775808,18446744073709551615]");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(
        boost::json::serialize(*parsed),
        "[9223372036854775807,-9223372036854775808,18446744073709551615]"
    );
}

TEST(CanonicalText, DoesNotDependOnOrderSpacesOrNumberForm) {
    const std::pair<const char*, const char*> equal[] = {
        {R"({"b":1,"a":2})", R"({ "a" : 2, "b" : 1 })"},
        {R"({"n":1})", R"({"n":1.0})"},
        {R"({"n":100})", R"({"n":1e2})"},
        {R"({"s":"\u0041\/"})", R"({"s":"A/"})"},
        {R"({"x":{"b":[1.0],"a":{}}})", R"({"x":{"a":{},"b":[1]}})"},
    };
    for (const auto& [a, b] : equal) {
        SCOPED_TRACE(a);
        EXPECT_EQ(canonical_text(*parse_strict(a)), canonical_text(*parse_strict(b)));
    }
    EXPECT_EQ(
        canonical_text(*parse_strict(R"({"b":[true,null],"a":"x"})")),
        R"({"a":"x","b":[true,null]})"
    );
}

TEST(CanonicalText, DiffersForDifferentValues) {
    const std::pair<const char*, const char*> different[] = {
        {R"({"a":[1,2]})", R"({"a":[2,1]})"},
        {R"({"a":1})", R"({"a":1.5})"},
        {R"({"a":9007199254740993})", R"({"a":9007199254740992})"},
        {R"({"a":null})", R"({})"},
        {R"({"a":"1"})", R"({"a":1})"},
    };
    for (const auto& [a, b] : different) {
        SCOPED_TRACE(a);
        EXPECT_NE(canonical_text(*parse_strict(a)), canonical_text(*parse_strict(b)));
    }
}

}  // namespace
}  // namespace gateway::text
