// Tests of TOP's protocol between the real programs: forms of answers, error families, bans.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

TEST(TopAnswers, AreReadInEveryForm) {
    const char* const shapes[][3] = {
        {R"({"fault":"chunked"})", R"({"fault":"numbers-as-strings"})", nullptr},
        {R"({"fault":"connection-close"})", R"({"fault":"raw-control-characters"})", nullptr},
        {R"({"fault":"trickle","bytes":7,"every_ms":1})", R"({"fault":"pretty"})", nullptr},
    };
    protocol_world w({});
    w.start();
    int number = 0;
    for (const auto& faults : shapes) {
        SCOPED_TRACE(faults[0]);
        const auto natural = std::to_string(1753340805138545000 + ++number);
        for (const auto& body : {ticket_body(natural), eticket_body(natural)}) {
            for (const char* one : faults) {
                if (one) {
                    w.fault(one);
                }
            }
            const auto done = w.post(natural + body.substr(11, 20), body);
            EXPECT_EQ(done.status, 200U) << done.body;
            w.clear_faults();
        }
    }
}

struct family_row {
    const char* code;
    const char* sub_code;
    const char* once;   // final state of a call that must not be repeated
    const char* twice;  // final state of a repeatable call whose second attempt has no error
};

// One row per rule for errors; unit tests of the client cover the tables of all codes.
const family_row families[] = {
    {"15", "isp.top-remote-connection-timeout", "unknown", "succeeded"},
    {"50", "isp.top-remote-connection-timeout", "unknown", "succeeded"},
    {"900", "isp.remote-service-error-tmall", "unknown", "succeeded"},
    {"10", "", "unknown", "succeeded"},
    {"15", "", "unknown", "succeeded"},
    {"9999", "A-AUDIT-1", "unknown", "succeeded"},
    {"3", "isp.remote-service-error", "unknown", "succeeded"},
    {"7", "isp.remote-service-timeout", "unknown", "succeeded"},
    {"11", "isp.unknown-error", "unknown", "succeeded"},
    {"31", "isp.system-busy", "unknown", "succeeded"},
    {"40", "isp.top-mapping-parse-error", "unknown", "succeeded"},
    {"43", "isp.something-new", "unknown", "succeeded"},
    {"15", "isv.something-new", "unknown", "succeeded"},
    {"15", "accesscontrol.something-new", "unknown", "succeeded"},
    {"15", "isv.eticket-service-unavailable:op-failed", "unknown", "succeeded"},
    // A code of the e-ticket's method proves nothing about a ticket.
    {"15", "isv.eticket-service-unavailable:order-is-processing", "unknown", "succeeded"},
    {"50", "isv.eticket-service-unavailable:order-is-processing-tmall", "unknown", "succeeded"},
    {"50", "isv.eticket-order-not-found:invalid-orderid", "unknown", "rejected"},
    {"15", "accesscontrol.limited-by-api-access-count", "succeeded", "succeeded"},
    {"31", "", "succeeded", "succeeded"},
    {"15", "isv.invalid-parameter:order_id", "rejected", "rejected"},
    {"15", "isv.parameters-mismatch:order_id-and-out_order_id", "rejected", "rejected"},
    {"41", "", "rejected", "rejected"},
    // No caller can correct it: the method pauses, and a probe finds that it works again.
    {"22", "", "succeeded", "succeeded"},
};

TEST(TopErrors, DependOnCodeAndFamily) {
    protocol_world w({});
    w.start();
    int number = 0;
    for (const auto& row : families) {
        SCOPED_TRACE(std::string(row.code) + ' ' + row.sub_code);
        const auto error = R"({"fault":"business-code","code":")" + std::string(row.code) +
                           R"(","sub_code":")" + row.sub_code + R"("})";
        const auto order = std::to_string(1753340805138546000 + ++number);
        w.fault(error);
        const auto once = w.post_until_settled("once " + order, ticket_body(order));
        EXPECT_EQ(state_of(once), row.once) << once.body;
        EXPECT_EQ(w.executed(order), state_of(once) == "succeeded" ? 1 : 0);
        w.fault(error);
        const auto twice = w.post_until_settled("twice " + order, eticket_body(order));
        EXPECT_EQ(state_of(twice), row.twice) << twice.body;
        w.clear_faults();
    }
}

// It could only wait for a session that never comes.
TEST(TopSession, AnAccountWithoutOneIsNotOfferedForAMethodThatNeedsIt) {
    platform_setup setup;
    setup.taobao_account = "app_secret_file: secret\n";
    protocol_world w(setup);
    w.start();
    EXPECT_EQ(w.account("fliggy").at("methods").as_array().size(), 1U);
    const auto refused = w.post("codes", eticket_body("1753340805138548000"));
    EXPECT_EQ(refused.status, 400U);
    EXPECT_NE(refused.body.find("needs an account with a session"), std::string::npos)
        << refused.body;
    EXPECT_EQ(w.post("ticket", ticket_body("1753340805138548001")).status, 200U);
}

// Parses "2026-01-02T03:04:05.678Z" into milliseconds since 1970.
std::chrono::milliseconds time_of(const boost::json::value& text) {
    std::tm parts{};
    const char* rest = strptime(text.as_string().c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest) {
        ADD_FAILURE() << "no time: " << text.as_string();
        return {};
    }
    return std::chrono::seconds(timegm(&parts)) + std::chrono::milliseconds(std::atoi(rest + 1));
}

TEST(TopBan, LastsOneSecondLongerThanTheNamedTime) {
    protocol_world w({});
    w.start();
    w.fault(R"({"fault":"throttle","ban_s":2})");
    const auto done = w.post_until_settled("ban", ticket_body("1753340805138547000"));
    EXPECT_EQ(state_of(done), "succeeded") << done.body;
    const auto attempts = redemption_of(done).at("attempts").as_array();
    ASSERT_EQ(attempts.size(), 2U) << "no attempt may start during the ban";
    EXPECT_EQ(attempts[0].at("code").as_string(), "7");
    const auto pause =
        time_of(attempts[1].at("started_at")) - time_of(attempts[0].at("finished_at"));
    EXPECT_GE(pause, std::chrono::milliseconds(2'990));
    EXPECT_EQ(w.executed("1753340805138547000"), 1);
}

}  // namespace
}  // namespace gateway::flow
