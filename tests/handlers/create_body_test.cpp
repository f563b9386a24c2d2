#include "handlers/create_body.hpp"

#include <gtest/gtest.h>

#include "tests/handlers/fake_core.hpp"

namespace gateway::handlers {
namespace {

using redemption::redemption_id;

const redemption_id some_id("01a2016f-fb5a-7000-953c-7a9e5ff6a088");

std::variant<create_wish, problem> read(std::string_view body) {
    const support::fake_directory directory;
    return read_create_body(body, directory, some_id);
}

// Without what points into the directory, which is gone.
create_wish well_read(std::string_view body) {
    auto reading = read(body);
    if (const auto* fault = std::get_if<problem>(&reading)) {
        ADD_FAILURE() << body << ": " << to_response(*fault).body;
        return {};
    }
    return std::get<create_wish>(std::move(reading));
}

std::vector<std::string> pointers_of(const problem& what) {
    std::vector<std::string> out;
    for (const auto& error : what.errors) {
        out.push_back(error.pointer);
    }
    return out;
}

struct bad_row {
    const char* name;
    std::string body;
    std::vector<std::string> pointers;
};

class BadBody : public testing::TestWithParam<bad_row> {};

TEST_P(BadBody, NamesEveryFaultByPointer) {
    const auto reading = read(GetParam().body);
    const auto* fault = std::get_if<problem>(&reading);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->kind, problem_kind::invalid_request);
    EXPECT_EQ(pointers_of(*fault), GetParam().pointers);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    BadBody,
    testing::Values(
        bad_row{"AnArray", "[]", {""}},
        bad_row{"AText", "\"x\"", {""}},
        bad_row{"Null", "null", {""}},
        bad_row{"Empty", "{}", {"/method", "/params"}},
        bad_row{"NoParams", R"({"method":"shop.use"})", {"/params"}},
        bad_row{"NoMethod", R"({"params":{"code":"1"}})", {"/method"}},
        bad_row{"MethodOfAnotherType", R"({"method":5,"params":{"code":"1"}})", {"/method"}},
        bad_row{"UnknownMethod", R"({"method":"x.y","params":{"code":"1"}})", {"/method"}},
        bad_row{"ParamsOfAnotherType", R"({"method":"shop.use","params":[]})", {"/params"}},
        bad_row{"ParamsNull", R"({"method":"shop.use","params":null})", {"/params"}},
        bad_row{"ParamsFault", R"({"method":"shop.use","params":{}})", {"/params/code"}},
        bad_row{
            "TwoParamsFaults",
            R"({"method":"shop.use","params":{"count":0,"x/y":1,"code":"1"}})",
            {"/params/count", "/params/x~1y"}
        },
        bad_row{
            "UnknownMember",
            R"({"method":"shop.use","params":{"code":"1"},"retries":3})",
            {"/retries"}
        },
        bad_row{
            "AccountOfAnotherType",
            R"({"method":"shop.use","params":{"code":"1"},"account":null})",
            {"/account"}
        },
        bad_row{
            "ExpiresNever",
            R"({"method":"shop.use","params":{"code":"1"},"expires_in":0})",
            {"/expires_in"}
        },
        bad_row{
            "ExpiresTooLate",
            R"({"method":"shop.use","params":{"code":"1"},"expires_in":2592001})",
            {"/expires_in"}
        },
        bad_row{
            "ExpiresInFractions",
            R"({"method":"shop.use","params":{"code":"1"},"expires_in":1.5})",
            {"/expires_in"}
        },
        bad_row{
            "AllAtOnce",
            R"({"method":"shop.many","params":{"count":"x"},"expires_in":-1,"extra":{}})",
            {"/expires_in", "/extra", "/params/code", "/params/count", "/account"}
        }
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(CreateBody, SaysWhereTextStopsBeingJson) {
    struct row {
        const char* name;
        const char* body;
    };
    const row rows[] = {
        {"nothing", ""},
        {"cut short", R"({"method":)"},
        {"a comma too many", R"({"method":"shop.use",})"},
        {"two values", "{}{}"},
        {"a member twice", R"({"method":"a","method":"b"})"},
        {"not UTF-8", "{\"method\":\"\xC3\x28\"}"},
        {"a comment", "{/**/}"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto reading = read(row.body);
        const auto* fault = std::get_if<problem>(&reading);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->kind, problem_kind::malformed_json);
        EXPECT_TRUE(fault->detail.starts_with("At byte ")) << fault->detail;
    }
}

TEST(CreateBody, NamesTheMethodsThereAre) {
    const auto reading = read(R"({"method":"nope","params":{}})");
    const auto& error = std::get<problem>(reading).errors.front();
    EXPECT_EQ(error.detail, "is not a known method; known are shop.use, shop.many, shop.none");
}

TEST(CreateBody, TakesTheOnlyAccountWhenNoneIsNamed) {
    const auto wish = well_read(R"({"method":"shop.use","params":{"code":"1"}})");
    EXPECT_EQ(wish.account, redemption::account_name("shop-a"));
    EXPECT_EQ(wish.account_given, std::nullopt);
    EXPECT_EQ(wish.expires_in, std::chrono::seconds(77));
}

TEST(CreateBody, LeavesTheAccountOpenWhenItCannotBeNamed) {
    struct row {
        const char* name;
        const char* body;
        const char* detail;
    };
    const row rows[] = {
        {"several",
         R"({"method":"shop.many","params":{"code":"1"}})",
         "is required, as several accounts serve this method: m-1, m-2"},
        {"none", R"({"method":"shop.none","params":{"code":"1"}})", "no account serves this method"
        },
        {"another",
         R"({"method":"shop.many","account":"shop-a","params":{"code":"1"}})",
         "is not an account that serves this method; m-1, m-2 would be"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto wish = well_read(row.body);
        EXPECT_EQ(wish.account, std::nullopt);
        EXPECT_EQ(wish.account_fault.pointer, "/account");
        EXPECT_EQ(wish.account_fault.detail, row.detail);
    }
}

TEST(CreateBody, FingerprintsTheWishAndNotItsSpelling) {
    const auto plain = well_read(R"({"method":"shop.use","params":{"code":"1","count":2}})");
    const auto spaced =
        well_read(R"( {"params": {"count":2.0,"code":"\u0031"}, "method":"shop.use"} )");
    EXPECT_EQ(plain.fingerprint, spaced.fingerprint);
    for (const char* other :
         {R"({"method":"shop.use","params":{"code":"2","count":2}})",
          R"({"method":"shop.use","params":{"code":"1"}})",
          R"({"method":"shop.use","account":"shop-a","params":{"code":"1","count":2}})",
          R"({"method":"shop.use","expires_in":77,"params":{"code":"1","count":2}})",
          R"({"method":"shop.many","account":"m-1","params":{"code":"1","count":2}})"}) {
        EXPECT_NE(well_read(other).fingerprint, plain.fingerprint) << other;
    }
}

}  // namespace
}  // namespace gateway::handlers
