#include "platform_clients/taobao/answer.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

namespace gateway::taobao {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view send = "taobao.eticket.merchant.ma.send";
constexpr std::string_view verify = "taobao.travel.ticket.order.verify";

// The response fields as JSON text, or what came instead.
std::string fields(std::string_view method, std::string_view body) {
    const auto got = read_body(method, body);
    if (const auto* result = std::get_if<result_answer>(&got)) {
        return json::serialize(result->fields);
    }
    if (const auto* error = std::get_if<error_answer>(&got)) {
        return "error " + error->code;
    }
    return "unreadable: " + std::string(std::get<unreadable_answer>(got).why);
}

error_answer error_in(std::string_view body) {
    const auto got = read_body(send, body);
    const auto* error = std::get_if<error_answer>(&got);
    EXPECT_TRUE(error) << body;
    return error ? *error : error_answer{};
}

struct shape {
    const char* name;
    std::string_view method;
    std::string body;
    std::string expected;
};

class EveryShape : public ::testing::TestWithParam<shape> {};

TEST_P(EveryShape, IsRead) {
    EXPECT_EQ(fields(GetParam().method, GetParam().body), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    TopAnswer,
    EveryShape,
    ::testing::Values(
        shape{
            "Wrapped",
            verify,
            R"({"travel_ticket_order_verify_response":{"is_success":true}})",
            R"({"is_success":true})"
        },
        shape{"Simplified", verify, R"({"is_success":true})", R"({"is_success":true})"},
        shape{"SimplifiedAndEmpty", verify, "{}", "{}"},
        shape{
            "AlitripKeepsItsPrefix",
            "alitrip.travel.hotelticket.order.verify",
            R"({"alitrip_travel_hotelticket_order_verify_response":{"is_success":true}})",
            R"({"is_success":true})"
        },
        shape{
            "PrettyPrinted",
            verify,
            "\r\n {\n\t\"travel_ticket_order_verify_response\" : {\n \"is_success\" : false } }\n",
            R"({"is_success":false})"
        },
        shape{"TrailingComment", verify, "{\"a\":1}<!--top010179031191.s.et2-->\n", R"({"a":1})"},
        shape{"TwoComments", verify, "{\"a\":1} <!--x--> <!--y-->", R"({"a":1})"},
        shape{"ByteOrderMark", verify, "\xEF\xBB\xBF{\"a\":1}", R"({"a":1})"},
        shape{"EscapedSlashes", verify, R"({"a":"http:\/\/x"})", R"({"a":"http://x"})"},
        shape{"RawTabAndLineBreak", verify, "{\"a\":\"x\ty\nz\r\"}", R"({"a":"x\ty\nz\r"})"},
        shape{
            "RawControlBehindAnEscapedQuote",
            verify,
            "{\"a\":\"\\\"\\\\\x01\"}",
            R"({"a":"\"\\\u0001"})"
        },
        shape{"RawNul", verify, std::string("{\"a\":\"x\0y\"}", 11), R"({"a":"x\u0000y"})"},
        shape{
            "NineteenDigits",
            verify,
            R"({"order_id":9223372036854775807})",
            R"({"order_id":9223372036854775807})"
        },
        shape{"Emoji", verify, R"({"a":"\ud83d\ude00😀"})", R"({"a":"😀😀"})"}
    ),
    [](const auto& row) { return row.param.name; }
);

struct breakage {
    const char* name;
    std::string body;
    const char* why;
};

class EveryBreakage : public ::testing::TestWithParam<breakage> {};

TEST_P(EveryBreakage, IsUnreadableAndSaysWhy) {
    const auto got = read_body(verify, GetParam().body);
    const auto* unreadable = std::get_if<unreadable_answer>(&got);
    ASSERT_TRUE(unreadable) << fields(verify, GetParam().body);
    EXPECT_THAT(unreadable->why, HasSubstr(GetParam().why));
    EXPECT_THAT(unreadable->why, Not(HasSubstr("content")));
}

INSTANTIATE_TEST_SUITE_P(
    TopAnswer,
    EveryBreakage,
    ::testing::Values(
        breakage{"Empty", "", "empty"},
        breakage{"BlankOnly", " \r\n", "empty"},
        breakage{"CommentOnly", "<!--top-->", "empty"},
        breakage{"Html", "<html><body>502 content</body></html>", "HTML or XML"},
        breakage{"XmlResult", "<?xml version=\"1.0\"?><r>content</r>", "HTML or XML"},
        breakage{"Words", "content", "broken"},
        breakage{"CutShort", R"({"travel_ticket_order_verify_response":{"is_succ)", "broken"},
        breakage{"TwoValues", R"({"is_success":true}{"is_success":false})", "broken"},
        breakage{"RepeatedMember", R"({"is_success":false,"is_success":true})", "twice"},
        breakage{
            "RepeatedWrapper",
            R"({"travel_ticket_order_verify_response":{"is_success":false},)"
            R"("travel_ticket_order_verify_response":{"is_success":true}})",
            "twice"
        },
        breakage{"NotUtf8", "{\"a\":\"\xB2\xD9\xD7\xF7\"}", "broken"},
        breakage{"AnArray", R"([{"is_success":true}])", "not a JSON object"},
        breakage{"AText", R"("true")", "not a JSON object"},
        breakage{
            "WrapperIsNoObject", R"({"travel_ticket_order_verify_response":true})", "not an object"
        },
        breakage{
            "WrapperIsNull", R"({"travel_ticket_order_verify_response":null})", "not an object"
        },
        breakage{"ErrorIsNoObject", R"({"error_response":"15"})", "not an object"},
        breakage{
            "OtherMethodsAnswer",
            R"({"travel_ticket_order_refund_response":{"is_success":true}})",
            "another method"
        },
        breakage{
            "ResultAndError",
            R"({"error_response":{"code":15},)"
            R"("travel_ticket_order_verify_response":{"is_success":true}})",
            "more than one"
        },
        breakage{
            "ErrorBesideAnotherMethodsAnswer",
            R"({"x_response":{},"error_response":{"code":15}})",
            "more than one"
        },
        breakage{
            "ErrorInsideTheResult",
            R"({"travel_ticket_order_verify_response":{"is_success":true,"sub_code":"x"}})",
            "error and a result"
        },
        breakage{"BareError", R"({"code":15,"msg":"Remote service error"})", "error and a result"}
    ),
    [](const auto& row) { return row.param.name; }
);

TEST(TopAnswer, ErrorHoldsWhatThePlatformGave) {
    const auto error = error_in(
        R"({"error_response":{"code":15,"msg":"Remote service error",)"
        R"("sub_code":"isv.invalid-parameter","sub_msg":"非法参数","request_id":"zzp0c5fj10y3"}})"
    );
    EXPECT_EQ(error.code, "15");
    EXPECT_EQ(error.msg, "Remote service error");
    EXPECT_EQ(error.sub_code, "isv.invalid-parameter");
    EXPECT_EQ(error.sub_msg, "非法参数");
    EXPECT_EQ(error.request_id, "zzp0c5fj10y3");
}

TEST(TopAnswer, ErrorMayLackAllButTheCode) {
    const auto error = error_in(R"({"error_response":{"code":25,"sub_code":null}})");
    EXPECT_EQ(error.code, "25");
    EXPECT_FALSE(error.sub_code || error.sub_msg || error.msg || error.request_id);
}

TEST(TopAnswer, ErrorCodeMayBeText) {
    EXPECT_EQ(error_in(R"({"error_response":{"code":"7"}})").code, "7");
    EXPECT_EQ(
        error_in(R"({"error_response":{"code":18446744073709551615}})").code, "18446744073709551615"
    );
    EXPECT_EQ(error_in(R"({"error_response":{"code":15,"sub_code":2401}})").sub_code, "2401");
}

TEST(TopAnswer, ErrorWithoutAUsableCodeHasNone) {
    EXPECT_EQ(error_in(R"({"error_response":{}})").code, "");
    EXPECT_EQ(error_in(R"({"error_response":{"code":true}})").code, "");
}

TEST(TopAnswer, XmlErrorIsEvidenceOnly) {
    const auto got = read_body(
        send,
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><error_response><code>27</code>"
        "<msg>Invalid session</msg><sub_code>session-expired</sub_code>"
        "<sub_msg><![CDATA[a<b]]></sub_msg><request_id>x1</request_id></error_response>"
        "<!--top010179031191.s.et2-->"
    );
    const auto* unreadable = std::get_if<unreadable_answer>(&got);
    ASSERT_TRUE(unreadable);
    ASSERT_TRUE(unreadable->hint);
    EXPECT_EQ(unreadable->hint->code, "27");
    EXPECT_EQ(unreadable->hint->msg, "Invalid session");
    EXPECT_EQ(unreadable->hint->sub_code, "session-expired");
    EXPECT_EQ(unreadable->hint->sub_msg, "a<b");
    EXPECT_EQ(unreadable->hint->request_id, "x1");
}

TEST(TopAnswer, KeepsAnXmlErrorThatWasCutShort) {
    const auto got = read_body(send, "<error_response><code>27</code><msg>Inva");
    const auto* unreadable = std::get_if<unreadable_answer>(&got);
    ASSERT_TRUE(unreadable);
    ASSERT_TRUE(unreadable->hint);
    EXPECT_EQ(unreadable->hint->code, "27");
    EXPECT_FALSE(unreadable->hint->msg);
}

TEST(TopAnswer, RequestIdMayStandInTheResult) {
    const auto got = read_body(verify, R"({"is_success":true,"request_id":"16kksr4el1bs0"})");
    const auto* result = std::get_if<result_answer>(&got);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->request_id, "16kksr4el1bs0");
}

TEST(TopAnswer, ResultTextKeepsLongIntegersExact) {
    const json::object fields{
        {"small", 9007199254740991},
        {"large", 9007199254740992},
        {"least", std::numeric_limits<std::int64_t>::min()},
        {"most", std::numeric_limits<std::uint64_t>::max()},
        {"inside", json::object{{"list", json::array{1753340805138544123, 1}}}}
    };
    EXPECT_EQ(
        exact_text(fields),
        R"({"small":9007199254740991,"large":"9007199254740992","least":"-9223372036854775808",)"
        R"("most":"18446744073709551615","inside":{"list":["1753340805138544123",1]}})"
    );
}

// An answer that says two things at once proves neither.
TEST(TopAnswer, AnErrorBesideAResultIsBelievedInNeither) {
    for (const auto* const body :
         {R"({"error_response":{"code":27},"is_success":true})",
          R"({"error_response":{"code":41},"ret_code":"isv.success-all"})",
          R"({"error_response":{"code":41},"something":1})",
          R"({"error_response":{"code":41,"is_success":true}})",
          R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all"},"code":27})",
          R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all"},"is_success":false})",
          R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all","code":15}})",
          R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all","sub_msg":"x"}})",
          R"({"eticket_merchant_ma_send_response":{"ret_code":"isv.success-all","is_success":false}})",
          R"({"ret_code":"isv.eticket-x","is_success":true,"request_id":"1"})"}) {
        const auto got = read_body(send, body);
        const auto* const unreadable = std::get_if<unreadable_answer>(&got);
        ASSERT_NE(unreadable, nullptr) << body;
        EXPECT_EQ(unreadable->why, "the answer holds an error and a result") << body;
        EXPECT_FALSE(unreadable->foreign) << "it is the platform's, however odd";
    }
    const auto clear = read_body(send, R"({"error_response":{"code":27},"request_id":"1"})");
    EXPECT_TRUE(std::holds_alternative<error_answer>(clear));
}

}  // namespace
}  // namespace gateway::taobao
