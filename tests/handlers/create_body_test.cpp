#include "handlers/create_body.hpp"

#include <gtest/gtest.h>

#include "tests/handlers/fake_core.hpp"

namespace gateway::handlers {
namespace {

std::variant<create_wish, problem> read(
    std::string_view body, const caller_identity& caller = {redemption::caller_name("pos"), {}}
) {
    const support::fake_directory directory;
    return read_create_body(body, directory, caller);
}

caller_identity limited_to(std::vector<std::string> accounts) {
    caller_identity out{redemption::caller_name("pos"), {}};
    out.accounts.emplace(accounts.begin(), accounts.end());
    return out;
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
            R"({"method":"shop.use","params":{"code":"1"},"account":5})",
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
        EXPECT_TRUE(fault->detail.view().starts_with("At byte ")) << fault->detail.view();
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

TEST(CreateBody, MayBeTriedForThirtyDays) {
    const auto wish =
        well_read(R"({"method":"shop.use","params":{"code":"1"},"expires_in":2592000})");
    EXPECT_EQ(wish.expires_in, std::chrono::days(30));
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
        ASSERT_EQ(wish.no_account.errors.size(), 1U);
        EXPECT_EQ(wish.no_account.errors[0].pointer, "/account");
        EXPECT_EQ(wish.no_account.errors[0].detail, row.detail);
    }
}

TEST(CreateBody, TakesTheOnlyAccountOfTheCallersOwn) {
    const auto reading =
        read(R"({"method":"shop.many","params":{"code":"1"}})", limited_to({"m-2", "shop-a"}));
    ASSERT_TRUE(std::holds_alternative<create_wish>(reading));
    EXPECT_EQ(std::get<create_wish>(reading).account, redemption::account_name("m-2"));
    const auto several =
        read(R"({"method":"shop.many","params":{"code":"1"}})", limited_to({"m-1", "m-2"}));
    EXPECT_EQ(std::get<create_wish>(several).account, std::nullopt);
}

TEST(CreateBody, RefusesWhatTheCallerMayNotUseByName) {
    caller_identity of_method = limited_to({"shop-a", "m-1"});
    of_method.methods = {redemption::method_name("shop.use")};
    struct row {
        const char* name;
        std::string body;
        caller_identity caller;
        std::string_view detail;
    };
    const std::string_view other_account = "This caller may not use the account m-2";
    const row rows[] = {
        {"an account of others",
         R"({"method":"shop.many","account":"m-2","params":{"code":"1"}})",
         limited_to({"m-1"}),
         other_account},
        {"with faults beside it",
         R"({"method":"shop.many","account":"m-2","params":{},"extra":1})",
         limited_to({"m-1"}),
         other_account},
        {"a method",
         R"({"method":"shop.many","account":"m-1","params":{"code":"1"}})",
         of_method,
         "This caller may not use the method shop.many"},
    };
    for (const auto& r : rows) {
        SCOPED_TRACE(r.name);
        const auto reading = read(r.body, r.caller);
        const auto* refused = std::get_if<problem>(&reading);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->kind, problem_kind::forbidden);
        EXPECT_EQ(refused->detail, r.detail);
    }
}

// An account that has left the configuration is refused like one of others, but an earlier
// redemption of it is still answered.
TEST(CreateBody, AnAccountThatDoesNotExistLooksLikeOneOfOthers) {
    const auto gone = read(
        R"({"method":"shop.many","account":"m-9","params":{"code":"1"}})", limited_to({"m-1"})
    );
    ASSERT_TRUE(std::holds_alternative<create_wish>(gone));
    EXPECT_EQ(std::get<create_wish>(gone).account, std::nullopt);
    EXPECT_EQ(
        std::get<create_wish>(gone).no_account.detail, "This caller may not use the account m-9"
    );
    const auto odd = read(
        R"({"method":"shop.many","account":"1 2","params":{"code":"1"}})", limited_to({"m-1"})
    );
    EXPECT_EQ(std::get<create_wish>(odd).no_account.detail, "This caller may not use this account");
}

TEST(CreateBody, OffersOnlyWhatTheCallerMayUse) {
    auto caller = limited_to({"m-1"});
    caller.methods = {redemption::method_name("shop.many")};
    const auto no_method = read(R"({"method":"nope","params":{}})", caller);
    EXPECT_EQ(
        std::get<problem>(no_method).errors.front().detail,
        "is not a known method; known are shop.many"
    );
    const auto none = read(R"({"method":"shop.use","params":{"code":"1"}})", limited_to({"m-1"}));
    EXPECT_EQ(
        std::get<create_wish>(none).no_account.detail,
        "None of the accounts that this caller may use serves the method"
    );
}

TEST(CreateBody, ANullMemberIsAsAbsent) {
    const auto plain = well_read(R"({"method":"shop.use","params":{"code":"1"}})");
    const auto with_nulls =
        well_read(R"({"method":"shop.use","account":null,"expires_in":null,"params":{"code":"1"}})"
        );
    EXPECT_EQ(with_nulls.fingerprint, plain.fingerprint);
    EXPECT_EQ(with_nulls.account, plain.account);
    EXPECT_EQ(with_nulls.expires_in, plain.expires_in);
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
