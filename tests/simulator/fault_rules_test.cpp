#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "simulator/faults/fault_rules.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

using namespace std::chrono_literals;

call_facts facts(
    platform where = platform::alipay,
    std::string method = "alipay.marketing.voucher.stock.use",
    std::string key = "A1"
) {
    return {where, std::move(method), std::move(key), {{"biz_content", R"({"entity_no":"E1"})"}}};
}

fault_rule parsed_rule(const char* text) {
    return std::get<fault_rule>(read_fault_rule(text));
}

std::string refusal(const char* text) {
    const auto read = read_fault_rule(text);
    const auto* sentence = std::get_if<std::string>(&read);
    return sentence == nullptr ? "accepted" : *sentence;
}

}  // namespace

TEST(FaultRule, IsRefusedWithTheExpectedForm) {
    const std::pair<const char*, const char*> rows[] = {
        {"[]", "expected a JSON object"},
        {"{", "expected a JSON object"},
        {R"({})", "fault must be one of: refuse-connection, "},
        {R"({"fault":"explode"})", "fault must be one of: refuse-connection, "},
        {R"({"fault":7})", "fault must be a string"},
        {R"({"fault":"late"})", "late needs delay_ms"},
        {R"({"fault":"late","delay_ms":"5"})", "delay_ms must be a whole number"},
        {R"({"fault":"late","delay_ms":-1})", "delay_ms must be a whole number"},
        {R"({"fault":"late","delay_ms":5,"bytes":1})", "unknown member bytes, expected: "},
        {R"({"fault":"late","delay_ms":5,"times":0})", "times must be a whole number"},
        {R"({"fault":"late","delay_ms":5,"times":"twice"})", "times must be a whole number"},
        {R"({"fault":"late","delay_ms":5,"platform":"x"})", "platform must be alipay or taobao"},
        {R"({"fault":"system-busy","executed":1})", "executed must be true or false"},
        {R"({"fault":"duplicate-mode","mode":"x"})", "mode must be one of replay|error|empty"},
        {R"({"fault":"http-status","status":200})", "status must be one of 301|"},
        {R"({"fault":"throttle","executed":true})", "executed must be one of false"},
        {R"({"fault":"reset-before-reading","match":"x"})", "reset-before-reading happens before"},
    };
    for (const auto& [text, expected] : rows) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(refusal(text).starts_with(expected)) << refusal(text);
    }
}

TEST(FaultRule, GetsTheFallbacksOfAbsentMembers) {
    const fault_rule parsed = parsed_rule(R"({"fault":"http-status"})");
    EXPECT_EQ(parsed.injected.number("status"), 500);
    EXPECT_FALSE(parsed.injected.executes());
    EXPECT_EQ(parsed.times, 1);
    EXPECT_FALSE(parsed.where);
}

TEST(FaultRules, ARuleExpiresAfterItsTimes) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"chunked","times":2})"));
    EXPECT_TRUE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
    EXPECT_TRUE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
    EXPECT_FALSE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
}

TEST(FaultRules, ARuleWithAlwaysAppliesUntilCleared) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"chunked","times":"always"})"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
    }
    rules.clear();
    EXPECT_FALSE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
}

TEST(FaultRules, MatchPlatformMethodKeyAndBody) {
    struct row {
        const char* rule;
        bool matches;
    };
    const row rows[] = {
        {R"({"fault":"chunked"})", true},
        {R"({"fault":"chunked","platform":"alipay"})", true},
        {R"({"fault":"chunked","platform":"taobao"})", false},
        {R"({"fault":"chunked","method":"alipay.marketing.voucher.stock.use"})", true},
        {R"({"fault":"chunked","method":"taobao.eticket.merchant.ma.send"})", false},
        {R"({"fault":"chunked","match":"A1"})", true},
        {R"({"fault":"chunked","match":"\"E1\""})", true},
        {R"({"fault":"chunked","match":"E2"})", false},
        {R"({"fault":"chunked","platform":"alipay","match":"E2"})", false},
    };
    for (const row& one : rows) {
        SCOPED_TRACE(one.rule);
        fault_rules rules;
        rules.add(parsed_rule(one.rule));
        EXPECT_EQ(rules.take(facts(), fixed_now()).has(fault_kind::chunked), one.matches);
    }
}

TEST(FaultRules, ACallThatDoesNotMatchCountsNoUse) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"chunked","match":"A2"})"));
    EXPECT_FALSE(rules.take(facts(), fixed_now()).has(fault_kind::chunked));
    const call_facts second = facts(platform::alipay, "m", "A2");
    EXPECT_TRUE(rules.take(second, fixed_now()).has(fault_kind::chunked));
}

TEST(FaultRules, TakeOneFaultOfEachStageAndEveryShape) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"system-busy"})"));
    rules.add(parsed_rule(R"({"fault":"throttle"})"));
    rules.add(parsed_rule(R"({"fault":"pretty"})"));
    rules.add(parsed_rule(R"({"fault":"sign-first"})"));
    rules.add(parsed_rule(R"({"fault":"chunked"})"));
    const active_faults first = rules.take(facts(), fixed_now());
    EXPECT_EQ(first.names(), "system-busy pretty sign-first chunked");
    const active_faults second = rules.take(facts(), fixed_now());
    EXPECT_EQ(second.names(), "throttle");
}

TEST(FaultRules, ABanLastsItsTimeRegardlessOfTheCount) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"throttle","ban_s":3})"));
    const auto left = [&](wall_time now) {
        const active_faults taken = rules.take(facts(), now);
        const fault* throttle = taken.find(fault_kind::throttle);
        return throttle == nullptr ? -1 : throttle->number("ban_s");
    };
    EXPECT_EQ(left(fixed_now()), 3);
    EXPECT_EQ(left(fixed_now() + 500ms), 3);
    EXPECT_EQ(left(fixed_now() + 2500ms), 1);
    EXPECT_EQ(left(fixed_now() + 3s), -1);
}

TEST(FaultRules, KeepConnectionFaultsApartFromCalls) {
    fault_rules rules;
    EXPECT_FALSE(rules.take_connection_fault(false));
    rules.add(parsed_rule(R"({"fault":"reset-before-reading"})"));
    EXPECT_EQ(rules.take(facts(), fixed_now()).names(), "");
    EXPECT_EQ(rules.take_connection_fault(false), fault_kind::reset_before_reading);
    EXPECT_FALSE(rules.take_connection_fault(false));
}

TEST(FaultRules, KeepAWrongCertificateForTlsConnections) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"wrong-certificate"})"));
    EXPECT_FALSE(rules.take_connection_fault(false));
    EXPECT_EQ(rules.take_connection_fault(true), fault_kind::wrong_certificate);
    EXPECT_FALSE(rules.take_connection_fault(true));
}

TEST(FaultRules, DescribeTheRulesInForce) {
    fault_rules rules;
    rules.add(parsed_rule(R"({"fault":"cut-body","bytes":9,"times":2,"match":"A1"})"));
    rules.take(facts(), fixed_now());
    const auto list = rules.describe().at("faults").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("fault").as_string(), "cut-body");
    EXPECT_EQ(list[0].at("bytes").as_int64(), 9);
    EXPECT_EQ(list[0].at("used").as_int64(), 1);
    EXPECT_EQ(list[0].at("times").as_int64(), 2);
}

}  // namespace simulator::test
