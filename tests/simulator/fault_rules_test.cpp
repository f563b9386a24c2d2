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

fault_order order(const char* text) {
    return std::get<fault_order>(read_fault_order(text));
}

std::string refusal(const char* text) {
    const auto read = read_fault_order(text);
    const auto* sentence = std::get_if<std::string>(&read);
    return sentence == nullptr ? "accepted" : *sentence;
}

}  // namespace

TEST(FaultOrder, IsRefusedWithWhatWasExpected) {
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
        {R"({"fault":"http-status","status":200})", "status must be one of 400|"},
        {R"({"fault":"throttle","executed":true})", "executed must be one of false"},
        {R"({"fault":"reset-before-reading","match":"x"})", "reset-before-reading happens before"},
    };
    for (const auto& [text, expected] : rows) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(refusal(text).starts_with(expected)) << refusal(text);
    }
}

TEST(FaultOrder, FillsInWhatWasNotSaid) {
    const fault_order told = order(R"({"fault":"http-status"})");
    EXPECT_EQ(told.what.number("status"), 500);
    EXPECT_FALSE(told.what.executes());
    EXPECT_EQ(told.times, 1);
    EXPECT_FALSE(told.where);
}

TEST(FaultBook, UsesAnOrderUpAfterItsTimes) {
    fault_book book;
    book.add(order(R"({"fault":"chunked","times":2})"));
    EXPECT_TRUE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
    EXPECT_TRUE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
    EXPECT_FALSE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
}

TEST(FaultBook, KeepsAnAlwaysUntilItIsCleared) {
    fault_book book;
    book.add(order(R"({"fault":"chunked","times":"always"})"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
    }
    book.clear();
    EXPECT_FALSE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
}

TEST(FaultBook, MatchesPlatformMethodKeyAndBody) {
    struct row {
        const char* order;
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
        SCOPED_TRACE(one.order);
        fault_book book;
        book.add(order(one.order));
        EXPECT_EQ(book.take(facts(), fixed_now()).has(fault_kind::chunked), one.matches);
    }
}

TEST(FaultBook, ACallThatDoesNotMatchUsesNothingUp) {
    fault_book book;
    book.add(order(R"({"fault":"chunked","match":"A2"})"));
    EXPECT_FALSE(book.take(facts(), fixed_now()).has(fault_kind::chunked));
    const call_facts second = facts(platform::alipay, "m", "A2");
    EXPECT_TRUE(book.take(second, fixed_now()).has(fault_kind::chunked));
}

TEST(FaultBook, GivesOneOfEachStageAndEveryShape) {
    fault_book book;
    book.add(order(R"({"fault":"system-busy"})"));
    book.add(order(R"({"fault":"throttle"})"));
    book.add(order(R"({"fault":"pretty"})"));
    book.add(order(R"({"fault":"sign-first"})"));
    book.add(order(R"({"fault":"chunked"})"));
    const active_faults first = book.take(facts(), fixed_now());
    EXPECT_EQ(first.names(), "system-busy pretty sign-first chunked");
    const active_faults second = book.take(facts(), fixed_now());
    EXPECT_EQ(second.names(), "throttle");
}

TEST(FaultBook, ABanHoldsForItsTimeWhateverTheCount) {
    fault_book book;
    book.add(order(R"({"fault":"throttle","ban_s":3})"));
    const auto left = [&](wall_time now) {
        const active_faults taken = book.take(facts(), now);
        const fault* told = taken.find(fault_kind::throttle);
        return told == nullptr ? -1 : told->number("ban_s");
    };
    EXPECT_EQ(left(fixed_now()), 3);
    EXPECT_EQ(left(fixed_now() + 500ms), 3);
    EXPECT_EQ(left(fixed_now() + 2500ms), 1);
    EXPECT_EQ(left(fixed_now() + 3s), -1);
}

TEST(FaultBook, ResetsConnectionsApartFromCalls) {
    fault_book book;
    EXPECT_FALSE(book.take_connection_fault(false));
    book.add(order(R"({"fault":"reset-before-reading"})"));
    EXPECT_EQ(book.take(facts(), fixed_now()).names(), "");
    EXPECT_EQ(book.take_connection_fault(false), fault_kind::reset_before_reading);
    EXPECT_FALSE(book.take_connection_fault(false));
}

TEST(FaultBook, KeepsAWrongCertificateForConnectionsOverTls) {
    fault_book book;
    book.add(order(R"({"fault":"wrong-certificate"})"));
    EXPECT_FALSE(book.take_connection_fault(false));
    EXPECT_EQ(book.take_connection_fault(true), fault_kind::wrong_certificate);
    EXPECT_FALSE(book.take_connection_fault(true));
}

TEST(FaultBook, TellsWhatIsInForce) {
    fault_book book;
    book.add(order(R"({"fault":"cut-body","bytes":9,"times":2,"match":"A1"})"));
    book.take(facts(), fixed_now());
    const auto list = book.describe().at("faults").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("fault").as_string(), "cut-body");
    EXPECT_EQ(list[0].at("bytes").as_int64(), 9);
    EXPECT_EQ(list[0].at("used").as_int64(), 1);
    EXPECT_EQ(list[0].at("times").as_int64(), 2);
}

}  // namespace simulator::test
