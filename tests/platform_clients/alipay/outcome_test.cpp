#include "platform_clients/alipay/outcome.hpp"

#include <gtest/gtest.h>

#include "platform_clients/alipay/masker.hpp"
#include "platform_clients/alipay/methods.hpp"

namespace gateway::alipay {
namespace {

using redemption::error_source;
using redemption::fault_scope;
using redemption::verdict;

const client_method& stock_use() {
    return *methods().front();
}

masker no_secrets() {
    return {{}, redemption::params_text("{}"), {}};
}

node_content error_of(std::string code, std::string sub_code, std::string sub_msg = "") {
    node_content node;
    node.code = std::move(code);
    node.msg = "Business Failed";
    node.sub_code = std::move(sub_code);
    node.sub_msg = std::move(sub_msg);
    return node;
}

struct code_row {
    const char* code;
    const char* sub_code;
    meaning means;
};

// One row per code and sub code of the platform's lists, in the spellings they come in.
constexpr code_row code_rows[] = {
    {"20000", "isp.unknow-error", meaning::ambiguous},
    {"20000", "aop.unknow-error", meaning::ambiguous},
    {"20000", "aop.ACQ.SYSTEM_ERROR", meaning::ambiguous},
    {"20000", "", meaning::ambiguous},
    {"20000", "isv.invalid-signature", meaning::ambiguous},
    {"20000", "SLA_ERROR", meaning::ambiguous},
    {"20001", "aop.invalid-auth-token", meaning::account_fault},
    {"20001", "aop.auth-token-time-out", meaning::account_fault},
    {"20001", "aop.invalid-app-auth-token", meaning::account_fault},
    {"20001", "aop.invalid-app-auth-token-no-api", meaning::method_fault},
    {"20001", "aop.app-auth-token-time-out", meaning::account_fault},
    {"20001", "aop.no-product-reg-by-partner", meaning::method_fault},
    {"40001", "isv.missing-method", meaning::gateway_fault},
    {"40001", "isv.missing-signature", meaning::account_fault},
    {"40001", "isv.missing-signature-type", meaning::account_fault},
    {"40001", "isv.missing-signature-key", meaning::account_fault},
    {"40001", "isv.missing-app-id", meaning::account_fault},
    {"40001", "isv.missing-timestamp", meaning::clock_skew},
    {"40001", "isv.missing-version", meaning::gateway_fault},
    {"40001", "isv.decryption-error-missing-encrypt-type", meaning::account_fault},
    {"40002", "isv.invalid-signature", meaning::account_fault},
    {"40002", "isv.invalid-app-id", meaning::account_fault},
    {"40002", "isv.invalid-timestamp", meaning::clock_skew},
    {"40002", "isv.invalid-charset", meaning::gateway_fault},
    {"40002", "isv.invalid-signature-type", meaning::account_fault},
    {"40002", "isv.invalid-method", meaning::gateway_fault},
    {"40002", "isv.invalid-format", meaning::gateway_fault},
    {"40002", "isv.illegal-json", meaning::gateway_fault},
    {"40002", "isv.invalid-parameter", meaning::refused},
    {"40002", "isv.suspected-attack", meaning::refused},
    {"40002", "isv.forbidden-api", meaning::method_fault},
    {"40002", "isv.invalid-content-type", meaning::gateway_fault},
    {"40002", "not-online-app", meaning::account_fault},
    {"40002", "isv.missing-signature-config", meaning::account_fault},
    {"40002", "isv.missing-app-cert-sn", meaning::account_fault},
    {"40002", "isv.missing-alipay-root-cert-sn", meaning::account_fault},
    {"40002", "isv.invalid-alipay-root-cert-sn", meaning::account_fault},
    {"40002", "isv.app-cert-not-exist", meaning::account_fault},
    {"40002", "isv.app-cert-expired", meaning::account_fault},
    {"40002", "app-cert-expired", meaning::account_fault},
    {"40002", "isv.alipay-cert-not-exist", meaning::account_fault},
    {"40002", "isv.invalid-encrypt-type", meaning::account_fault},
    {"40002", "isv.invalid-encrypt", meaning::not_executed},
    {"40002", "isv.decryption-error-not-valid-encrypt-key", meaning::account_fault},
    {"40002", "isv.decryption-error-unknown", meaning::not_executed},
    {"40003", "isv.missing-signature-config", meaning::account_fault},
    {"40003", "invalid-auth-relations", meaning::account_fault},
    {"40003", "something new", meaning::account_fault},
    {"40005", "isv.app-call-limited", meaning::not_executed},
    {"40005", "isv.method-call-limited", meaning::not_executed},
    {"40006", "isv.insufficient-isv-permissions", meaning::method_fault},
    {"40006", "isv.insufficient-user-permissions", meaning::method_fault},
    {"40006", "isv.self-invoke-forbidden", meaning::method_fault},
    {"40006", "isv.illegal-client-ip", meaning::method_fault},
    // Of the same families, though no list names them.
    {"40001", "isv.missing-charset", meaning::gateway_fault},
    {"40001", "isv.missing-sign", meaning::account_fault},
    {"40001", "isv.missing-sign-type", meaning::account_fault},
    {"40001", "isv.missing-format", meaning::gateway_fault},
    {"40002", "isv.invalid-version", meaning::gateway_fault},
    {"40002", "isv.invalid-encoding", meaning::gateway_fault},
    {"40002", "isv.invalid-app-auth-token", meaning::account_fault},
    {"40002", "isv.insufficient-isv-permissions", meaning::method_fault},
    {"40006", "isv.insufficient-something-permissions", meaning::method_fault},
    {"40006", "isv.invalid-signature", meaning::account_fault},
    {"40006", "SLA_ERROR", meaning::method_fault},
    {"20001", "something new", meaning::account_fault},
    // The method's own.
    {"40004", "DB_EXCEPTION", meaning::ambiguous},
    {"40004", "SLA_ERROR", meaning::not_executed},
    {"40004", "VCC_INVOKE_ERROR", meaning::ambiguous},
    {"40004", "REQUEST_PARAM_ILLEGAL", meaning::refused},
    {"40004", "VOUCHER_HAS_EXPIRED", meaning::refused},
    {"40004", "INVALID_PARAMETER", meaning::refused},
    // Spellings.
    {"40004", "ACQ.REQUEST_PARAM_ILLEGAL", meaning::refused},
    {"40004", "isv.voucher-has-expired", meaning::refused},
    {"40004", "isp.Sla-Error", meaning::not_executed},
    {"40002", "ISV.INVALID_SIGNATURE", meaning::account_fault},
    {"40002", "invalid-app-id", meaning::account_fault},
    // Unknown is never failed.
    {"40004", "VOUCHER_IS_A_MYSTERY", meaning::ambiguous},
    {"40004", "ACQ.TRADE_HAS_SUCCESS", meaning::ambiguous},
    {"40004", "ACQ.SYSTEM_ERROR", meaning::ambiguous},
    {"40004", "isp.bill_not_exist", meaning::ambiguous},
    {"40004", "SYSTEM_ERROR", meaning::ambiguous},
    {"40004", "CERTIFICATE_IS_INVALID", meaning::ambiguous},
    {"40004", "CERTIFICATE_IS_USED", meaning::ambiguous},
    {"40004", "CERTIFICATE_NOT_EXIST", meaning::ambiguous},
    {"40004", "BIZ_ALREADY_SUCCESS", meaning::ambiguous},
    {"40004", "", meaning::ambiguous},
    {"40002", "isv.something-new", meaning::ambiguous},
    {"40001", "", meaning::ambiguous},
    {"10003", "", meaning::ambiguous},
    {"50000", "REQUEST_PARAM_ILLEGAL", meaning::ambiguous},
    {"", "REQUEST_PARAM_ILLEGAL", meaning::ambiguous},
};

TEST(AlipayOutcome, EveryCodeHasItsMeaning) {
    for (const auto& row : code_rows) {
        EXPECT_EQ(
            meaning_of(error_of(row.code, row.sub_code), stock_use().business_codes()), row.means
        ) << row.code
          << " " << row.sub_code;
    }
}

// No time is named, so the core's own pauses grow and no other redemption is delayed.
TEST(AlipayOutcome, ALimitNamesNoBan) {
    for (const auto& error :
         {error_of("40004", "SLA_ERROR"),
          error_of("40005", "isv.app-call-limited"),
          error_of("40005", "isv.method-call-limited")}) {
        const auto means = meaning_of(error, stock_use().business_codes());
        const auto outcome = outcome_of_error(error, means, no_secrets());
        EXPECT_EQ(outcome.verdict, verdict::not_executed);
        EXPECT_FALSE(outcome.ban);
        EXPECT_EQ(outcome.stops, redemption::fault_scope::none);
    }
}

TEST(AlipayOutcome, AMethodWithoutCodesOfItsOwnStillKnowsTheGateways) {
    EXPECT_EQ(meaning_of(error_of("40002", "isv.invalid-parameter"), {}), meaning::refused);
    EXPECT_EQ(meaning_of(error_of("40004", "SLA_ERROR"), {}), meaning::ambiguous);
}

TEST(AlipayOutcome, ACodeInFrontOfABarInTheMessageCounts) {
    const struct {
        const char* name;
        const char* sub_code;
        const char* sub_msg;
        meaning means;
    } rows[] = {
        {"live sample", "INVALID_PARAMETER", "REQUEST_PARAM_ILLEGAL|券码不存在", meaning::refused},
        {"behind a Chinese prefix", "X", "参数有误VOUCHER_HAS_EXPIRED|券已过期", meaning::refused},
        {"no sub_code", "", "SLA_ERROR|限流", meaning::not_executed},
        {"the two contradict", "INVALID_PARAMETER", "SLA_ERROR|限流", meaning::ambiguous},
        {"an unknown one changes nothing", "SLA_ERROR", "NEVER_HEARD|x", meaning::not_executed},
        {"a bar alone", "", "|", meaning::ambiguous},
        {"words with a bar", "", "请检查 | 再试", meaning::ambiguous},
        {"no sub_code, refused", "", "REQUEST_PARAM_ILLEGAL|x", meaning::refused},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(
            meaning_of(error_of("40004", row.sub_code, row.sub_msg), stock_use().business_codes()),
            row.means
        ) << row.name;
    }
}

struct verdict_row {
    meaning means;
    enum verdict verdict;
    redemption::fault_scope stops;
    bool retry_once;
    redemption::error_source source = redemption::error_source::platform;
};

TEST(AlipayOutcome, EveryMeaningBecomesOneVerdict) {
    const verdict_row rows[] = {
        {meaning::refused, verdict::refused, fault_scope::none, false},
        {meaning::not_executed, verdict::not_executed, fault_scope::none, false},
        {meaning::clock_skew, verdict::not_executed, fault_scope::none, true, error_source::gateway
        },
        {meaning::account_fault, verdict::not_executed, fault_scope::account, false},
        {meaning::method_fault, verdict::not_executed, fault_scope::method, false},
        {meaning::gateway_fault,
         verdict::not_executed,
         fault_scope::method,
         false,
         error_source::gateway},
        {meaning::ambiguous, verdict::ambiguous, fault_scope::none, false},
    };
    for (const auto& row : rows) {
        const auto outcome = outcome_of_error(error_of("1", "2", "3"), row.means, no_secrets());
        SCOPED_TRACE(static_cast<int>(row.means));
        EXPECT_EQ(outcome.phase, redemption::phase::answered);
        EXPECT_EQ(outcome.verdict, row.verdict);
        EXPECT_EQ(outcome.stops, row.stops);
        EXPECT_EQ(outcome.retry_once, row.retry_once);
        EXPECT_EQ(outcome.source, row.source);
        EXPECT_EQ(outcome.said.code, "1");
        EXPECT_EQ(outcome.said.sub_code, "2");
        EXPECT_EQ(outcome.said.message, "3");
        EXPECT_FALSE(outcome.detail.empty());
    }
}

TEST(AlipayOutcome, TheDetailQuotesThePlatform) {
    auto error = error_of("40002", "isv.invalid-app-id", "a long text");
    error.msg = "Invalid Arguments";
    EXPECT_EQ(
        outcome_of_error(error, meaning::account_fault, no_secrets()).detail,
        "Alipay refused the account, not the redemption: 40002 Invalid Arguments, "
        "isv.invalid-app-id"
    );
    EXPECT_EQ(
        outcome_of_unsigned(error_of("40005", ""), {}, no_secrets()).detail,
        "Alipay's error bears no signature and proves nothing: 40005 Business Failed"
    );
}

TEST(AlipayOutcome, AnUnsignedErrorProvesNothingUnlessThePlatformCannotSignIt) {
    const struct {
        const char* code;
        const char* sub_code;
        enum verdict verdict;
        fault_scope stops;
    } rows[] = {
        {"40002", "isv.invalid-app-id", verdict::not_executed, fault_scope::account},
        {"40003", "isv.missing-signature-config", verdict::not_executed, fault_scope::account},
        {"40001", "isv.missing-signature-key", verdict::not_executed, fault_scope::account},
        {"40002", "isv.invalid-signature", verdict::ambiguous, fault_scope::account},
        {"40006", "isv.illegal-client-ip", verdict::ambiguous, fault_scope::method},
        {"20001", "aop.invalid-auth-token", verdict::ambiguous, fault_scope::account},
        {"40001", "isv.missing-app-id", verdict::ambiguous, fault_scope::account},
        {"40005", "isv.app-call-limited", verdict::ambiguous, fault_scope::none},
        {"40004", "SLA_ERROR", verdict::ambiguous, fault_scope::none},
        {"40004", "REQUEST_PARAM_ILLEGAL", verdict::ambiguous, fault_scope::none},
        {"40004", "VOUCHER_HAS_EXPIRED", verdict::ambiguous, fault_scope::none},
        {"40002", "isv.invalid-method", verdict::ambiguous, fault_scope::method},
        {"20000", "isv.invalid-app-id", verdict::ambiguous, fault_scope::none},
    };
    for (const auto& row : rows) {
        const auto outcome = outcome_of_unsigned(
            error_of(row.code, row.sub_code), stock_use().business_codes(), no_secrets()
        );
        SCOPED_TRACE(row.sub_code);
        EXPECT_EQ(outcome.verdict, row.verdict);
        EXPECT_EQ(outcome.stops, row.stops);
        EXPECT_EQ(outcome.said.sub_code, row.sub_code) << "the hint must be seen";
    }
}

TEST(AlipayOutcome, TheMessageHidesTheCodeWhereverThePlatformRepeatsIt) {
    const std::string_view members[] = {"entity_no"};
    const masker secrets(
        members,
        redemption::params_text(R"({"entity_no":"A=\"b\"","out_biz_no":"N1"})"),
        {"token-1"}
    );
    const auto outcome = outcome_of_error(
        error_of(
            "40002",
            "isv.invalid-signature",
            R"(wrong: app_auth_token=token-1&amp;biz_content={&quot;entity_no&quot;:&quot;A=\&quot;)"
            R"(b\&quot;&quot;,&quot;out_biz_no&quot;:&quot;N1&quot;} A="b" A%3D%22b%22)"
        ),
        meaning::account_fault,
        secrets
    );
    EXPECT_EQ(
        outcome.said.message,
        R"(wrong: app_auth_token=*******&biz_content={"entity_no":"*******","out_biz_no":"N1"})"
        R"( ***** ***********)"
    );
}

TEST(AlipayOutcome, AMisreadCodeIsHiddenByItsPlace) {
    const std::string_view members[] = {"entity_no"};
    const masker secrets(members, redemption::params_text(R"({"entity_no":"券码甲"})"), {});
    EXPECT_EQ(
        secrets.readable("x={&quot;entity_no&quot;:&quot;#####&quot;}&amp;y", 100),
        R"(x={"entity_no":"*****"}&y)"
    );
    EXPECT_EQ(secrets.readable(R"({"entity_no":"cut off)", 100), R"({"entity_no":"*******)");
}

TEST(AlipayOutcome, NoEvidenceShowsASecretOrGoesOnForever) {
    const masker secrets({}, redemption::params_text("{}"), {"CODE-1"});
    auto error = error_of("40004 CODE-1", "X" + std::string(500, '-') + "CODE-1", "");
    error.sub_msg = std::string(5'000, 'x');
    const auto said = outcome_of_error(error, meaning::ambiguous, secrets).said;
    EXPECT_EQ(said.code, "40004 ******");
    EXPECT_EQ(said.sub_code, "X" + std::string(127, '-'));
    EXPECT_EQ(said.message->view().size(), 2048U);
}

}  // namespace
}  // namespace gateway::alipay
