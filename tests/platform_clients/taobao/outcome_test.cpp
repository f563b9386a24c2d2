#include "platform_clients/taobao/outcome.hpp"

#include <gmock/gmock.h>

#include <string>

#include "tests/platform_clients/taobao/outcome_kind.hpp"
#include "tests/platform_clients/taobao/params_support.hpp"

namespace gateway::taobao {
namespace {

using redemption::attempt_outcome;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

error_answer error(int code, std::optional<std::string> sub_code = {}) {
    error_answer one;
    one.code = std::to_string(code);
    one.msg = "Some words";
    one.sub_code = std::move(sub_code);
    return one;
}

// As a method judges it that knows no sub codes of its own.
attempt_outcome judged(const error_answer& what) {
    return error_outcome(what, {}, false, no_secrets());
}

struct code_case {
    int code;
    const char* expected;
};

class EveryErrorCode : public ::testing::TestWithParam<code_case> {};

TEST_P(EveryErrorCode, HasItsMeaning) {
    const auto outcome = judged(error(GetParam().code));
    EXPECT_EQ(kind(outcome), GetParam().expected);
    EXPECT_EQ(outcome.phase, redemption::phase::answered);
    EXPECT_EQ(outcome.said.code, std::to_string(GetParam().code));
    EXPECT_FALSE(outcome.detail.empty());
}

constexpr const char* bug = "not_executed method gateway";

INSTANTIATE_TEST_SUITE_P(
    TopOutcome,
    EveryErrorCode,
    ::testing::Values(
        code_case{1, "ambiguous"},
        code_case{2, "not_executed account"},
        code_case{3, "refused"},
        code_case{4, "not_executed ban guessed"},
        code_case{5, "not_executed ban guessed"},
        code_case{6, "not_executed ban guessed"},
        code_case{7, "not_executed ban guessed"},
        code_case{8, "not_executed ban guessed"},
        code_case{9, bug},
        code_case{10, "ambiguous"},
        code_case{11, "not_executed method"},
        code_case{12, "not_executed method"},
        code_case{13, "not_executed method"},
        code_case{15, "ambiguous"},
        code_case{20, bug},
        code_case{21, bug},
        code_case{22, bug},
        code_case{23, bug},
        code_case{24, "not_executed account"},
        code_case{25, "not_executed account"},
        code_case{26, "not_executed account"},
        code_case{27, "not_executed account"},
        code_case{28, "not_executed account"},
        code_case{29, "not_executed account"},
        code_case{30, "not_executed once gateway"},
        code_case{31, "not_executed once gateway"},
        code_case{32, bug},
        code_case{33, bug},
        code_case{34, bug},
        code_case{40, "refused"},
        code_case{41, "refused"},
        code_case{42, "refused"},
        code_case{43, "refused"},
        code_case{44, "ambiguous"},
        code_case{45, bug},
        code_case{46, "refused"},
        code_case{47, bug},
        code_case{50, "ambiguous"},
        code_case{100, "ambiguous"},
        code_case{150, "ambiguous"},
        code_case{200, "ambiguous"},
        code_case{501, "ambiguous"},
        // Numbers that no document names.
        code_case{-1, "ambiguous"},
        code_case{0, "ambiguous"},
        code_case{14, "ambiguous"},
        code_case{16, "ambiguous"},
        code_case{35, "ambiguous"},
        code_case{48, "ambiguous"},
        code_case{99, "ambiguous"},
        code_case{300, "ambiguous"},
        code_case{2147483647, "ambiguous"}
    ),
    [](const auto& row) {
        return row.param.code < 0 ? std::string("Negative")
                                  : "Code" + std::to_string(row.param.code);
    }
);

TEST(TopOutcome, TakesACodeItCannotReadForUnclear) {
    for (const char* code : {"", "x", "15x", " 7", "7.0", "99999999999999999999"}) {
        error_answer one;
        one.code = code;
        one.sub_code = "isv.invalid-parameter";
        EXPECT_EQ(kind(judged(one)), "ambiguous") << code;
    }
}

struct ban_case {
    const char* message;
    seconds expected;
};

TEST(TopOutcome, WaitsOneSecondLongerThanTheBan) {
    const ban_case cases[] = {
        {"This ban will last for 2 more seconds", seconds(3)},
        {"This ban will last for 1 more seconds", seconds(2)},
        {"This ban will last for 0 more seconds", seconds(1)},
        {"This ban will last for 31062 more seconds", seconds(31063)},
        {"App Call Limited. This ban will last for 41 more seconds.", seconds(42)},
        {"This ban will last for 99999999999 more seconds", seconds(7 * 24 * 3600 + 1)},
        {"This ban will last for 99999999999999999999999 more seconds", seconds(7 * 24 * 3600)},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.message);
        for (const char* sub_code :
             {"accesscontrol.limited-by-api-access-count",
              "accesscontrol.limited-by-app-access-count",
              "isp.unknown-error"}) {
            auto limited = error(7, sub_code);
            limited.sub_msg = one.message;
            EXPECT_EQ(judged(limited).ban, one.expected);
            EXPECT_FALSE(judged(limited).ban_guessed);
        }
    }
}

// Obeyed, but tried now and then: no document names a ban like it.
TEST(TopOutcome, DoubtsABanFarBeyondWhatTheDocumentsName) {
    const struct {
        const char* sub_code;
        std::int64_t seconds;
        bool doubted;
    } rows[] = {
        {"accesscontrol.limited-by-app-access-count", 31'062, false},
        {"accesscontrol.limited-by-app-access-count", 999'999, true},
        {"accesscontrol.limited-by-api-access-count", 71, false},
        {"accesscontrol.limited-by-api-access-count", 7'200, true},
        {"accesscontrol.something-new", 7'200, false},
        {"accesscontrol.something-new", 999'999, true},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.sub_code);
        auto limited = error(7, row.sub_code);
        limited.sub_msg = "This ban will last for " + std::to_string(row.seconds) + " more seconds";
        EXPECT_EQ(judged(limited).ban_doubted, row.doubted) << row.seconds;
    }
    EXPECT_FALSE(judged(error(7)).ban_doubted);
}

TEST(TopOutcome, GuessesTheBanThatIsNotNamed) {
    for (const char* message :
         {"This ban will last for -5 more seconds",
          "This ban will last for some more seconds",
          "This ban will last for ",
          ""}) {
        SCOPED_TRACE(message);
        auto limited = error(7, "accesscontrol.limited-by-api-access-count");
        limited.sub_msg = message;
        EXPECT_EQ(judged(limited).ban, seconds(1));
        EXPECT_TRUE(judged(limited).ban_guessed);
        // A day's quota does not come back in a second.
        limited.sub_code = "accesscontrol.limited-by-app-access-count";
        EXPECT_EQ(judged(limited).ban, seconds(60));
        EXPECT_TRUE(judged(limited).ban_guessed);
    }
}

TEST(TopOutcome, TakesNoBanFromAMessageThatIsNotAboutALimit) {
    auto refused = error(15, "isv.invalid-parameter");
    refused.sub_msg = "outer_id: This ban will last for 99999 more seconds";
    EXPECT_FALSE(judged(refused).ban);
}

TEST(TopOutcome, FindsTheBanInTheMessageWithoutASubMessage) {
    auto limited = error(7);
    limited.msg = "This ban will last for 5 more seconds";
    EXPECT_EQ(judged(limited).ban, seconds(6));
}

TEST(TopOutcome, KeepsThePlatformsMessageAsEvidence) {
    auto refused = error(15, "isv.invalid-parameter");
    refused.sub_msg = "非法参数";
    refused.request_id = "zzp0c5fj10y3";
    const auto said = judged(refused).said;
    EXPECT_EQ(said.message, "非法参数");
    EXPECT_EQ(said.platform_request_id, "zzp0c5fj10y3");
    refused.sub_msg.reset();
    EXPECT_EQ(judged(refused).said.message, "Some words");
}

TEST(TopOutcome, HasASentenceOfItsOwnInTheDetail) {
    auto refused = error(15, "isv.invalid-parameter:abc123");
    refused.sub_msg = "abc123 is wrong";
    EXPECT_THAT(judged(refused).detail, Not(HasSubstr("abc123")));
}

TEST(TopOutcome, KnowsASubCodeWithoutACode) {
    EXPECT_FALSE(sub_code_outcome("isv.something-new", "", {}, false));
    EXPECT_FALSE(sub_code_outcome("isv.success-some", "", {}, false));
    EXPECT_FALSE(sub_code_outcome("", "", {}, false));
    ASSERT_TRUE(sub_code_outcome("isp.anything", "", {}, false));
    EXPECT_EQ(kind(*sub_code_outcome("isp.anything", "", {}, false)), "ambiguous");
    ASSERT_TRUE(sub_code_outcome("isv.missing-parameter:code", "", {}, false));
    EXPECT_EQ(kind(*sub_code_outcome("isv.missing-parameter:code", "", {}, false)), "refused");
}

TEST(TopOutcome, TakesTheMethodsOwnRuleWhereItSaysMore) {
    constexpr sub_code_rule own[] = {
        {"isv.invalid-parameter:gone", meaning::done_before, "it was done before"},
        {"isv.missing-parameter", meaning::ambiguous, "this method means something else by it"},
    };
    const auto judged_by = [&](const char* sub_code, bool ambiguous_before) {
        return kind(error_outcome(error(15, sub_code), own, ambiguous_before, no_secrets()));
    };
    EXPECT_EQ(judged_by("isv.invalid-parameter:gone", false), "refused");
    EXPECT_EQ(judged_by("isv.invalid-parameter:gone", true), "executed");
    EXPECT_EQ(judged_by("isv.invalid-parameter:other", true), "refused");
    EXPECT_EQ(judged_by("isv.missing-parameter", false), "ambiguous");
}

TEST(TopOutcome, NeverDecidesOnWhatItCouldNotRead) {
    error_answer hint;
    hint.code = "27";
    hint.msg = "Invalid session";
    const auto outcome =
        unreadable_outcome({base::fixed_text("the answer is an XML error"), hint}, no_secrets());
    EXPECT_EQ(kind(outcome), "ambiguous");
    EXPECT_EQ(outcome.phase, redemption::phase::answered);
    EXPECT_EQ(outcome.said.code, "27");
    EXPECT_EQ(outcome.said.message, "Invalid session");
}

}  // namespace
}  // namespace gateway::taobao
