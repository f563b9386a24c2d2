#include "text/object_reader.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "text/strict_json.hpp"

namespace gateway::text {
namespace {

struct row {
    const char* name;
    std::string json;
    std::function<void(object_reader&)> read;
    std::vector<std::string> pointers;  // of the faults
};

std::string emoji(std::size_t n) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) {
        text += "😀";
    }
    return text;
}

const auto text_of_4 = [](object_reader& r) {
    r.text("a", {.min = 1, .max = 4});
};
const auto whole = [](object_reader& r) {
    r.integer("a", {.min = 0, .max = 10});
};
const auto any_whole = [](object_reader& r) {
    r.integer("a");
};
const auto when = [](object_reader& r) {
    r.date_time("a");
};

TEST(ObjectReader, FindsTheFaultsOfEachKind) {
    const row rows[] = {
        {"text fits", R"({"a":"1234"})", text_of_4, {}},
        {"characters count, not bytes", "{\"a\":\"" + emoji(4) + "\"}", text_of_4, {}},
        {"one character too many", "{\"a\":\"" + emoji(5) + "\"}", text_of_4, {"/a"}},
        {"empty text", R"({"a":""})", text_of_4, {"/a"}},
        {"blank text", R"({"a":"  "})", text_of_4, {"/a"}},
        {"ideographic blank", "{\"a\":\"\xE3\x80\x80\"}", text_of_4, {"/a"}},
        {"control character", R"({"a":"b\u0000"})", text_of_4, {"/a"}},
        {"number for text", R"({"a":1})", text_of_4, {"/a"}},
        {"null is absent", R"({"a":null})", text_of_4, {}},
        {"null for a required text",
         R"({"a":null})",
         [](object_reader& r) { r.required_text("a"); },
         {"/a"}},
        {"null that is not known",
         R"({"a":null})",
         [](object_reader& r) { r.refuse_unknown(); },
         {"/a"}},
        {"code with a space behind it",
         R"({"a":"b "})",
         [](object_reader& r) { r.code("a"); },
         {"/a"}},
        {"code with a space in it", R"({"a":"b c"})", [](object_reader& r) { r.code("a"); }, {}},
        {"absent optional text", "{}", text_of_4, {}},
        {"absent required text", "{}", [](object_reader& r) { r.required_text("a"); }, {"/a"}},
        {"letters and digits",
         R"({"a":"a-b"})",
         [](object_reader& r) { r.text("a", {.letters_and_digits = true}); },
         {"/a"}},
        {"whole number", R"({"a":10})", whole, {}},
        {"whole number as text", R"({"a":"10"})", whole, {}},
        {"whole number in another form", R"({"a":1e1})", whole, {}},
        {"too large", R"({"a":11})", whole, {"/a"}},
        {"negative", R"({"a":-1})", whole, {"/a"}},
        {"fraction", R"({"a":1.5})", whole, {"/a"}},
        {"boolean for number", R"({"a":true})", whole, {"/a"}},
        {"number text with a plus", R"({"a":"+1"})", whole, {"/a"}},
        {"number text with a space", R"({"a":" 1"})", whole, {"/a"}},
        {"hex", R"({"a":"0x1"})", whole, {"/a"}},
        {"empty number text", R"({"a":""})", whole, {"/a"}},
        {"nineteen digits", R"({"a":1753340805138544123})", any_whole, {}},
        {"nineteen digits as text", R"({"a":"1753340805138544123"})", any_whole, {}},
        {"beyond 64 bits", R"({"a":9223372036854775808})", any_whole, {"/a"}},
        {"beyond 64 bits as text", R"({"a":"9223372036854775808"})", any_whole, {"/a"}},
        {"a double too large to be exact", R"({"a":1e17})", any_whole, {"/a"}},
        {"truth", R"({"a":"true"})", [](object_reader& r) { r.boolean("a"); }, {"/a"}},
        {"empty array", R"({"a":[]})", [](object_reader& r) { r.array("a", 2); }, {"/a"}},
        {"full array", R"({"a":[1,2]})", [](object_reader& r) { r.array("a", 2); }, {}},
        {"overfull array", R"({"a":[1,2,3]})", [](object_reader& r) { r.array("a", 2); }, {"/a"}},
        {"object for array", R"({"a":{}})", [](object_reader& r) { r.array("a", 2); }, {"/a"}},
        {"array for object", R"({"a":[]})", [](object_reader& r) { r.object("a"); }, {"/a"}},
        {"date and time", R"({"a":"2020-02-29 23:59:59"})", when, {}},
        {"no leap year", R"({"a":"2021-02-29 00:00:00"})", when, {"/a"}},
        {"hour 24", R"({"a":"2020-01-11 24:00:00"})", when, {"/a"}},
        {"ISO form", R"({"a":"2020-01-11T14:00:00"})", when, {"/a"}},
        {"date alone", R"({"a":"2020-01-11"})", when, {"/a"}},
        {"month 13", R"({"a":"2020-13-11 14:00:00"})", when, {"/a"}},
        {"unknown members",
         R"({"a":1,"b/c":2,"d~e":3})",
         [](object_reader& r) {
             r.integer("a");
             r.refuse_unknown();
         },
         {"/b~1c", "/d~0e"}},
    };
    for (const auto& r : rows) {
        SCOPED_TRACE(r.name);
        const auto value = parse_strict(r.json);
        ASSERT_TRUE(value);
        fault_list faults;
        object_reader reader(value->as_object(), "", faults);
        r.read(reader);
        std::vector<std::string> pointers;
        for (const auto& fault : faults) {
            pointers.push_back(fault.pointer);
            EXPECT_FALSE(fault.detail.empty());
        }
        EXPECT_EQ(pointers, r.pointers);
    }
}

TEST(ObjectReader, ListsAHundredFaultsAndCountsTheRest) {
    std::string text = "{";
    for (int i = 0; i < 250; ++i) {
        text += (i > 0 ? "," : "") + ('"' + std::to_string(i) + R"(":0)");
    }
    const auto value = parse_strict(text + "}");
    fault_list faults;
    object_reader reader(value->as_object(), "", faults);
    reader.refuse_unknown();
    EXPECT_EQ(faults.size(), 250U);
    EXPECT_EQ(faults.omitted(), 150U);
    EXPECT_EQ(std::distance(faults.begin(), faults.end()), 100);
    fault_list all;
    all.append(faults, "/params");
    EXPECT_EQ(all.size(), 250U);
    EXPECT_EQ(all[0].pointer, "/params/0");
}

TEST(ObjectReader, ShortensANameThatItDoesNotKnow) {
    const auto value = parse_strict("{\"" + emoji(30'000) + "\":0}");
    fault_list faults;
    object_reader reader(value->as_object(), "", faults);
    reader.refuse_unknown();
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].pointer, "/" + emoji(16) + "…");
}

TEST(ObjectReader, CollectsEveryFaultUnderItsPointer) {
    const auto value = parse_strict(R"({"a":1,"list":[1],"odd":0})");
    fault_list faults;
    object_reader reader(value->as_object(), "/params/x", faults);
    reader.text("a");
    reader.required_integer("b");
    reader.array("list", 5);
    reader.refuse_unknown();
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_EQ(faults[0].pointer, "/params/x/a");
    EXPECT_EQ(faults[1].pointer, "/params/x/b");
    EXPECT_EQ(faults[2].pointer, "/params/x/odd");
    EXPECT_EQ(reader.pointer("list", 3), "/params/x/list/3");
}

}  // namespace
}  // namespace gateway::text
