#include "platform_clients/taobao/outcome.hpp"

#include <gmock/gmock.h>

#include <string>

namespace gateway::taobao {
namespace {

using redemption::attempt_outcome;
using redemption::error_source;
using redemption::verdict;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

// The ways an error can be judged, as letters short enough for a table.
std::string kind(const attempt_outcome& outcome) {
    std::string text(redemption::to_string(outcome.verdict));
    text += outcome.account_fault ? " account" : "";
    text += outcome.depends_on_history ? " history" : "";
    text += outcome.retry_once ? " once" : "";
    text += outcome.ban ? " ban" : "";
    text += outcome.source == error_source::gateway ? " gateway" : "";
    return text;
}

error_answer error(int code, std::optional<std::string> sub_code = {}) {
    error_answer one;
    one.code = std::to_string(code);
    one.msg = "Some words";
    one.sub_code = std::move(sub_code);
    return one;
}

struct code_case {
    int code;
    const char* expected;
};

class EveryErrorCode : public ::testing::TestWithParam<code_case> {};

TEST_P(EveryErrorCode, HasItsMeaning) {
    const auto outcome = error_outcome(error(GetParam().code));
    EXPECT_EQ(kind(outcome), GetParam().expected);
    EXPECT_EQ(outcome.phase, redemption::phase::answered);
    EXPECT_EQ(outcome.said.code, std::to_string(GetParam().code));
    EXPECT_FALSE(outcome.detail.empty());
}

constexpr const char* bug = "refused history gateway";

INSTANTIATE_TEST_SUITE_P(
    TopOutcome,
    EveryErrorCode,
    ::testing::Values(
        code_case{1, "ambiguous"},
        code_case{2, "not_executed account"},
        code_case{3, "refused history"},
        code_case{4, "not_executed ban"},
        code_case{5, "not_executed ban"},
        code_case{6, "not_executed ban"},
        code_case{7, "not_executed ban"},
        code_case{8, "not_executed ban"},
        code_case{9, bug},
        code_case{10, "ambiguous"},
        code_case{11, "not_executed account"},
        code_case{12, "not_executed account"},
        code_case{13, "not_executed account"},
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
        code_case{42, "refused history"},
        code_case{43, "refused"},
        code_case{44, "ambiguous"},
        code_case{45, bug},
        code_case{46, "refused history"},
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
        EXPECT_EQ(kind(error_outcome(one)), "ambiguous") << code;
    }
}

struct sub_code_case {
    const char* sub_code;
    const char* expected;
};

class EverySubCode : public ::testing::TestWithParam<sub_code_case> {};

TEST_P(EverySubCode, HasItsMeaningUnder15And50AndTheOldParents) {
    for (const int code : {15, 50, 501, 900}) {
        const auto outcome = error_outcome(error(code, GetParam().sub_code));
        EXPECT_EQ(kind(outcome), GetParam().expected) << code << ' ' << GetParam().sub_code;
        EXPECT_EQ(outcome.said.sub_code, GetParam().sub_code);
    }
}

INSTANTIATE_TEST_SUITE_P(
    TopOutcome,
    EverySubCode,
    ::testing::Values(
        // Service side: may have been executed.
        sub_code_case{"isp.top-remote-connection-timeout", "ambiguous"},
        sub_code_case{"isp.top-remote-connection-timeout-tmall", "ambiguous"},
        sub_code_case{"isp.top-remote-connection-error", "ambiguous"},
        sub_code_case{"isp.top-remote-service-unavailable", "ambiguous"},
        sub_code_case{"isp.top-remote-connection-control-error", "ambiguous"},
        sub_code_case{"isp.top-remote-unknown-error", "ambiguous"},
        sub_code_case{"isp.remote-service-error", "ambiguous"},
        sub_code_case{"isp.remote-service-timeout", "ambiguous"},
        sub_code_case{"isp.remote-connection-error", "ambiguous"},
        sub_code_case{"isp.unknown-error", "ambiguous"},
        sub_code_case{"isp.null-pointer-exception", "ambiguous"},
        sub_code_case{"isp.system-busy", "ambiguous"},
        sub_code_case{"isp.service-unavailable", "ambiguous"},
        sub_code_case{"isp.top-mapping-parse-error", "ambiguous"},
        sub_code_case{"isp.something-new", "ambiguous"},
        // The account's.
        sub_code_case{"isv.permission-api-package-empty", "not_executed account"},
        sub_code_case{"isv.permission-api-package-not-allowed", "not_executed account"},
        sub_code_case{"isv.permission-api-package-limit", "not_executed account"},
        sub_code_case{"isv.permission-ip-whitelist-limit", "not_executed account"},
        sub_code_case{"invalid-sessionkey", "not_executed account"},
        sub_code_case{"session-expired", "not_executed account"},
        sub_code_case{"session-not-exist", "not_executed account"},
        // Call limits.
        sub_code_case{"accesscontrol.limited-by-app-access-count", "not_executed ban"},
        sub_code_case{"accesscontrol.limited-by-api-access-count", "not_executed ban"},
        sub_code_case{"accesscontrol.limited-by-app-api-access-count", "not_executed ban"},
        sub_code_case{"accesscontrol.limited-by-dynamic-access-count", "not_executed ban"},
        // The parameters alone.
        sub_code_case{"isv.invalid-parameter", "refused"},
        sub_code_case{"isv.invalid-parameter:outer_id", "refused"},
        sub_code_case{"isv.invalid-parameter-tmall", "refused"},
        sub_code_case{"isv.missing-parameter:token", "refused"},
        sub_code_case{"isv.missing-parameter:code", "refused"},
        sub_code_case{"isv.eticket-invalid-parameter:invalid-consume-serial-num", "refused"},
        sub_code_case{"isv.eticket-invalid-parameter:invalid-posid", "refused"},
        sub_code_case{"isv.eticket-invalid-posid:invalid-pos-for-codemerchant", "refused"},
        sub_code_case{"isv.eticket-token-error:invalid-token", "refused"},
        sub_code_case{"isv.eticket-seller-error:invalid-eticket-seller", "refused"},
        sub_code_case{"isv.eticket-privilege-error:order-not-belongto-seller", "refused"},
        // What happened before.
        sub_code_case{
            "isv.eticket-invalid-parameter:duplicate-consume-serial-num", "refused history"
        },
        sub_code_case{"isv.eticket-order-not-found:invalid-orderid", "refused history"},
        sub_code_case{"isv.eticket-order-status-error:invalid-order-status", "refused history"},
        sub_code_case{"isv.eticket-send-error:code-alreay-send", "refused history"},
        sub_code_case{"isv.eticket-resend-error:no-can-resend-code", "refused history"},
        sub_code_case{"isv.eticket-resend-error:invalid-order-status", "refused history"},
        sub_code_case{"isv.eticket-consume-error:code-not-available", "refused history"},
        sub_code_case{"isv.eticket-code-error:code-not-in-valid-time", "refused history"},
        sub_code_case{"isv.eticket-order-consume-num:consume-num-invalid", "refused history"},
        sub_code_case{"isv.eticket-order-consume-num:consume-num-overflow", "refused history"},
        // The two that integrators retry.
        sub_code_case{"isv.eticket-service-unavailable:op-failed", "ambiguous"},
        sub_code_case{"isv.eticket-service-unavailable:order-is-processing", "not_executed"},
        sub_code_case{"isv.eticket-service-unavailable:order-is-processing-tmall", "not_executed"},
        sub_code_case{"isv.eticket-service-unavailable", "ambiguous"},
        sub_code_case{"isv.request-replay-error", "ambiguous"},
        // The caller's side by its prefix, unless the name says otherwise.
        sub_code_case{"isv.something-new", "refused history"},
        sub_code_case{"isv.fail-send-no-stock", "refused history"},
        sub_code_case{"isv.invalid-parameters", "refused history"},
        sub_code_case{"isv.trade-service-unavailable", "ambiguous"},
        sub_code_case{"isv.remote-service-error", "ambiguous"},
        sub_code_case{"isv.query-timeout:x", "ambiguous"},
        // No grammar at all.
        sub_code_case{"2401", "ambiguous"},
        sub_code_case{"20000", "ambiguous"},
        sub_code_case{"A-AUDIT-REJECTED", "ambiguous"},
        sub_code_case{"isv", "ambiguous"},
        sub_code_case{"", "ambiguous"}
    )
);

TEST(TopOutcome, LetsTheCodeDecideBeforeTheSubCode) {
    EXPECT_EQ(kind(error_outcome(error(27, "isv.invalid-parameter"))), "not_executed account");
    EXPECT_EQ(kind(error_outcome(error(10, "isv.invalid-parameter"))), "ambiguous");
    EXPECT_EQ(kind(error_outcome(error(7, "isp.unknown-error"))), "not_executed ban");
}

struct ban_case {
    const char* words;
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
        {"This ban will last for -5 more seconds", seconds(1)},
        {"This ban will last for some more seconds", seconds(1)},
        {"This ban will last for ", seconds(1)},
        {"", seconds(1)},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.words);
        auto limited = error(7, "accesscontrol.limited-by-api-access-count");
        limited.sub_msg = one.words;
        EXPECT_EQ(error_outcome(limited).ban, one.expected);
    }
}

TEST(TopOutcome, FindsTheBanInTheMessageWithoutASubMessage) {
    auto limited = error(7);
    limited.msg = "This ban will last for 5 more seconds";
    EXPECT_EQ(error_outcome(limited).ban, seconds(6));
}

TEST(TopOutcome, KeepsThePlatformsWordsAsEvidence) {
    auto refused = error(15, "isv.invalid-parameter");
    refused.sub_msg = "非法参数";
    refused.request_id = "zzp0c5fj10y3";
    const auto said = error_outcome(refused).said;
    EXPECT_EQ(said.message, "非法参数");
    EXPECT_EQ(said.platform_request_id, "zzp0c5fj10y3");
    refused.sub_msg.reset();
    EXPECT_EQ(error_outcome(refused).said.message, "Some words");
}

TEST(TopOutcome, SpeaksItsOwnWordsInTheDetail) {
    auto refused = error(15, "isv.invalid-parameter:abc123");
    refused.sub_msg = "abc123 is wrong";
    EXPECT_THAT(error_outcome(refused).detail, Not(HasSubstr("abc123")));
}

TEST(TopOutcome, KnowsSubCodesByNameOnlyWhenAskedForRetCodes) {
    EXPECT_FALSE(known_sub_code_outcome("isv.something-new"));
    EXPECT_FALSE(known_sub_code_outcome("isv.success-some"));
    EXPECT_FALSE(known_sub_code_outcome(""));
    ASSERT_TRUE(known_sub_code_outcome("isp.anything"));
    EXPECT_EQ(kind(*known_sub_code_outcome("isp.anything")), "ambiguous");
    ASSERT_TRUE(known_sub_code_outcome("isv.missing-parameter:code"));
    EXPECT_EQ(kind(*known_sub_code_outcome("isv.missing-parameter:code")), "refused");
}

TEST(TopOutcome, NeverDecidesOnWhatItCouldNotRead) {
    error_answer hint;
    hint.code = "27";
    hint.msg = "Invalid session";
    const auto outcome = unreadable_outcome({"the answer is an XML error", hint});
    EXPECT_EQ(kind(outcome), "ambiguous");
    EXPECT_EQ(outcome.phase, redemption::phase::answered);
    EXPECT_EQ(outcome.said.code, "27");
    EXPECT_EQ(outcome.said.message, "Invalid session");
}

}  // namespace
}  // namespace gateway::taobao
