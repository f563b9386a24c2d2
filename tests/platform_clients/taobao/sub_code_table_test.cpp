// Every sub code that a document or an integrator names, and what each method makes of it
// (docs/redemption-rules.md, Taobao order.verify): an unknown one may have been executed.
#include "platform_clients/taobao/outcome.hpp"
#include "tests/platform_clients/taobao/outcome_kind.hpp"
#include "tests/platform_clients/taobao/params_support.hpp"

namespace gateway::taobao {
namespace {

struct sub_code_case {
    const char* sub_code;
    const char* verify;
    const char* send;
};

constexpr const char* unclear = "ambiguous";
constexpr const char* no = "refused";
constexpr const char* account = "not_executed account";
constexpr const char* permission = "not_executed method";
constexpr const char* ours = "not_executed method gateway";
constexpr const char* limit = "not_executed ban guessed";

constexpr sub_code_case cases[] = {
    // Service side.
    {"isp.top-remote-connection-timeout", unclear, unclear},
    {"isp.top-remote-connection-timeout-tmall", unclear, unclear},
    {"isp.top-remote-connection-error", unclear, unclear},
    {"isp.top-remote-service-unavailable", unclear, unclear},
    {"isp.top-remote-connection-control-error", unclear, unclear},
    {"isp.top-remote-unknown-error", unclear, unclear},
    {"isp.remote-service-error", unclear, unclear},
    {"isp.remote-service-timeout", unclear, unclear},
    {"isp.remote-connection-error", unclear, unclear},
    {"isp.unknown-error", unclear, unclear},
    {"isp.null-pointer-exception", unclear, unclear},
    {"isp.system-busy", unclear, unclear},
    {"isp.service-unavailable", unclear, unclear},
    {"isp.top-mapping-parse-error", unclear, unclear},
    {"isp.something-new", unclear, unclear},
    // The account's, or one method's.
    {"isv.permission-api-package-empty", permission, permission},
    {"isv.permission-api-package-not-allowed", permission, permission},
    {"isv.permission-api-package-limit", permission, permission},
    {"isv.permission-ip-whitelist-limit", permission, permission},
    {"isv.permission-something-new", permission, permission},
    {"isv.invalid-permission", permission, permission},
    {"invalid-sessionkey", account, account},
    {"session-expired", account, account},
    {"session-not-exist", account, account},
    {"session-something-new", account, account},
    {"isv.invalid-session", account, account},
    {"isv.invalid-signature", account, account},
    {"isv.missing-parameter:session", account, account},
    {"isv.missing-parameter:app_key", account, account},
    {"isv.invalid-parameter:sign_method-tmall", account, account},
    // Parameters that the gateway sends with each call.
    {"isv.invalid-method", ours, ours},
    {"isv.missing-version", ours, ours},
    {"isv.invalid-charset", ours, ours},
    {"isv.invalid-content-type", ours, ours},
    {"isv.missing-parameter:method", ours, ours},
    {"isv.invalid-parameter:format", ours, ours},
    {"isv.invalid-timestamp", "not_executed once gateway", "not_executed once gateway"},
    // Call limits.
    {"accesscontrol.limited-by-app-access-count", limit, limit},
    {"accesscontrol.limited-by-api-access-count", limit, limit},
    {"accesscontrol.limited-by-app-api-access-count", limit, limit},
    {"accesscontrol.limited-by-dynamic-access-count", limit, limit},
    {"accesscontrol.something-new", unclear, unclear},
    // The parameters.
    {"isv.invalid-parameter", no, no},
    {"isv.invalid-parameter:outer_id", no, no},
    {"isv.invalid-parameter-tmall", no, no},
    {"isv.missing-parameter", no, no},
    {"isv.missing-parameter:token", no, no},
    {"isv.missing-parameter:code", no, no},
    {"isv.parameters-mismatch", no, no},
    {"isv.parameters-mismatch:order_id-and-out_order_id", no, no},
    {"isv.request-replay-error", unclear, unclear},
    // E-tickets: a send's.
    {"isv.eticket-send-error:code-alreay-send", unclear, no},
    {"isv.eticket-send-error:code-alreay-send-tmall", unclear, no},
    {"isv.eticket-send-error:code-already-send", unclear, no},
    {"isv.eticket-send-error:code-already-sent", unclear, no},
    {"isv.eticket-service-unavailable:order-is-processing", unclear, "not_executed"},
    {"isv.eticket-service-unavailable:order-is-processing-tmall", unclear, "not_executed"},
    {"isv.eticket-service-unavailable:op-failed", unclear, unclear},
    {"isv.eticket-order-status-error:invalid-order-status", unclear, no},
    {"isv.eticket-order-not-found:invalid-orderid", unclear, no},
    {"isv.eticket-token-error:invalid-token", unclear, no},
    {"isv.eticket-seller-error:invalid-eticket-seller", unclear, no},
    {"isv.eticket-privilege-error:order-not-belongto-seller", unclear, no},
    {"isv.eticket-invalid-parameter", unclear, no},
    {"isv.eticket-invalid-parameter:invalid-consume-serial-num", unclear, no},
    {"isv.eticket-invalid-parameter:invalid-posid", unclear, no},
    // E-tickets: of other calls, or of none.
    {"isv.eticket-invalid-parameter:duplicate-consume-serial-num", unclear, unclear},
    {"isv.eticket-invalid-posid:invalid-pos-for-codemerchant", unclear, unclear},
    {"isv.eticket-resend-error:no-can-resend-code", unclear, unclear},
    {"isv.eticket-resend-error:invalid-order-status", unclear, unclear},
    {"isv.eticket-consume-error:code-not-available", unclear, unclear},
    {"isv.eticket-code-error:code-not-in-valid-time", unclear, unclear},
    {"isv.eticket-order-consume-num:consume-num-invalid", unclear, unclear},
    {"isv.eticket-order-consume-num:consume-num-overflow", unclear, unclear},
    {"isv.fail-send-no-stock", unclear, unclear},
    {"isv.eticket-service-unavailable", unclear, unclear},
    {"isv.eticket-service-unavailable:order-is-processed", unclear, unclear},
    {"isv.eticket-send-error:code-already-send-failed", unclear, unclear},
    {"isv.eticket-send-error", unclear, unclear},
    {"isv.eticket-token-error:something-new", unclear, unclear},
    // Nobody's.
    {"isv.success-all", unclear, unclear},
    {"isv.something-new", unclear, unclear},
    {"isv.invalid-parameters", unclear, unclear},
    {"isv.invalid-parameter-something", unclear, unclear},
    {"isv.trade-service-unavailable", unclear, unclear},
    {"isv.remote-service-error", unclear, unclear},
    {"isv.", unclear, unclear},
    {"isv", unclear, unclear},
    {"2401", unclear, unclear},
    {"20000", unclear, unclear},
    {"A-AUDIT-REJECTED", unclear, unclear},
    {"", unclear, unclear},
};

redemption::attempt_outcome judged(
    const char* method, const std::string& code, const char* sub_code, bool ambiguous_before
) {
    error_answer error;
    error.code = code;
    error.sub_code = sub_code;
    return judge(method_named(method), error, ambiguous_before, no_secrets());
}

TEST(TopSubCodes, MeanWhatEachMethodKnows) {
    for (const auto& row : cases) {
        for (const std::string code : {"15", "50", "501", "900"}) {
            for (const bool doubt : {false, true}) {
                SCOPED_TRACE(code + ' ' + row.sub_code + (doubt ? " after doubt" : ""));
                const auto verify =
                    judged("taobao.travel.ticket.order.verify", code, row.sub_code, doubt);
                EXPECT_EQ(kind(verify), row.verify);
                EXPECT_EQ(verify.said.sub_code, row.sub_code);
                const auto send =
                    judged("taobao.eticket.merchant.ma.send", code, row.sub_code, doubt);
                const bool sent_before =
                    doubt && std::string_view(row.send) == no &&
                    std::string_view(row.sub_code).find("-alrea") != std::string_view::npos;
                EXPECT_EQ(kind(send), sent_before ? "executed" : row.send);
            }
        }
    }
}

struct pair_case {
    const char* code;
    const char* sub_code;
    const char* expected;
};

TEST(TopSubCodes, ATroubleOfTheServiceIsUnclearUnderEveryCode) {
    for (int code = 0; code <= 60; ++code) {
        for (const char* sub_code : {"isp.unknown-error", "isp.x", "isv.request-replay-error"}) {
            SCOPED_TRACE(std::to_string(code) + ' ' + sub_code);
            const auto outcome =
                judged("taobao.travel.ticket.order.verify", std::to_string(code), sub_code, false);
            EXPECT_EQ(outcome.verdict, redemption::verdict::ambiguous);
            EXPECT_EQ(outcome.stops, redemption::fault_scope::none);
            EXPECT_FALSE(outcome.retry_once);
            EXPECT_EQ(outcome.ban.has_value(), code >= 4 && code <= 8) << "a limit is obeyed still";
        }
    }
}

TEST(TopSubCodes, OtherwiseTheCodeDecidesBeforeThem) {
    constexpr pair_case pairs[] = {
        {"27", "isv.invalid-parameter", account},
        {"10", "isv.invalid-parameter", unclear},
        {"41", "isv.eticket-service-unavailable:order-is-processing", no},
        {"41", "isv.something-new", no},
        {"11", "isv.something-new", permission},
        {"11", "session-expired", permission},
        {"22", "isv.invalid-parameter", ours},
        {"41", "isv.invalid-parameter:sign", account},
        {"40", "isv.missing-parameter:v", ours},
        {"7", "accesscontrol.something-new", limit},
        {"7", "isv.invalid-parameter", limit},
        {"31", "isv.invalid-parameter", "not_executed once gateway"},
        {"99", "isv.invalid-parameter", unclear},
        {"99", "session-expired", unclear},
    };
    for (const auto& one : pairs) {
        SCOPED_TRACE(std::string(one.code) + ' ' + one.sub_code);
        const auto send = judged("taobao.eticket.merchant.ma.send", one.code, one.sub_code, false);
        EXPECT_EQ(kind(send), one.expected);
    }
}

// The words name the parameter where no sub code does.
TEST(TopSubCodes, WhatEveryCallHoldsIsNoFaultOfTheCallersParameters) {
    const struct {
        const char* code;
        const char* msg;
        const char* expected;
    } rows[] = {
        {"40", "Missing required arguments:session", account},
        {"40", "Missing required arguments:sign_method", account},
        {"40", "Missing required arguments:method", ours},
        {"41", "Invalid arguments:format", ours},
        {"41", "Invalid arguments:timestamp", "not_executed once gateway"},
        {"40", "Missing required arguments:token", no},
        {"41", "Invalid arguments:outer_id", no},
        {"41", "Invalid arguments", no},
        {"27", "Invalid session:format", account},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.msg);
        error_answer error;
        error.code = row.code;
        error.msg = row.msg;
        const auto& send = method_named("taobao.eticket.merchant.ma.send");
        EXPECT_EQ(kind(judge(send, error, false, no_secrets())), row.expected);
    }
}

}  // namespace
}  // namespace gateway::taobao
