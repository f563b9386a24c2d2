// Tests of invalid input: callers get the documented answer, the process keeps running and its
// memory does not grow.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <vector>

#include "tests/support/sanitized.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

const char* const voucher = "alipay.marketing.voucher.stock.use";
const char* const ticket = "taobao.travel.ticket.order.verify";
const char* const eticket = "taobao.eticket.merchant.ma.send";

std::string body_of(const std::string& method, const std::string& params) {
    return R"({"method":")" + method + R"(","params":)" + params + "}";
}

std::string repeated(const std::string& item, std::size_t n) {
    std::string all = item;
    for (std::size_t i = 1; i < n; ++i) {
        all += ',' + item;
    }
    return all;
}

struct bad_body {
    const char* name;
    std::string body;
    unsigned status;
    std::vector<std::string> pointers;  // must be among errors[]
};

std::vector<bad_body> bad_bodies() {
    const std::string ma = R"({"code":"abc123","num":1})";
    const std::string info = R"({"confirm_code":"2516352","used_quantity":1})";
    std::string deep;
    for (int i = 0; i < 5000; ++i) {
        deep += '[';
    }
    std::string emoji;
    for (int i = 0; i < 129; ++i) {
        emoji += "😀";
    }
    return {
        {"broken JSON", R"({"method":)", 400, {}},
        {"not an object", "[]", 400, {}},
        {"empty", "", 400, {}},
        {"deeply nested", deep, 400, {}},
        {"repeated member", R"({"method":"x","method":"y"})", 400, {}},
        {"invalid UTF-8", "{\"method\":\"\xFF\"}", 400, {}},
        {"no members", "{}", 400, {"/method", "/params"}},
        {"unknown method", body_of("alipay.trade.pay", "{}"), 400, {"/method"}},
        {"unknown members everywhere",
         R"({"method":"alipay.marketing.voucher.stock.use","foo":1,"params":{"entity_no":"A","bar":2}})",
         400,
         {"/foo", "/params/bar"}},
        {"wrong types",
         body_of(voucher, R"({"entity_no":5,"out_biz_no":true})"),
         400,
         {"/params/entity_no", "/params/out_biz_no"}},
        {"no code", body_of(voucher, "{}"), 400, {"/params/entity_no"}},
        {"blank code", body_of(voucher, R"({"entity_no":"   "})"), 400, {"/params/entity_no"}},
        {"129 emoji",
         body_of(voucher, R"({"entity_no":")" + emoji + R"("})"),
         400,
         {"/params/entity_no"}},
        {"emoji in letters and digits",
         body_of(voucher, R"({"entity_no":"A","out_biz_no":"😀"})"),
         400,
         {"/params/out_biz_no"}},
        {"201 codes",
         body_of(
             eticket, R"({"outer_id":"1","token":"t","isv_ma_list":[)" + repeated(ma, 201) + "]}"
         ),
         400,
         {"/params/isv_ma_list"}},
        {"1000 vouchers",
         body_of(ticket, R"({"order_id":1,"voucher_infos":[)" + repeated(info, 1000) + "]}"),
         400,
         {"/params/voucher_infos"}},
        {"a twenty-digit order",
         body_of(ticket, R"({"order_id":17533408051385441234,"voucher_infos":[)" + info + "]}"),
         400,
         {"/params/order_id"}},
        {"an order that is a fraction",
         body_of(ticket, R"({"order_id":1.5,"voucher_infos":[)" + info + "]}"),
         400,
         {"/params/order_id"}},
        {"bad date",
         body_of(
             ticket,
             R"({"order_id":1,"voucher_infos":[{"confirm_code":"1","used_quantity":1,"used_date":"2020-02-30 00:00:00"}]})"
         ),
         400,
         {"/params/voucher_infos/0/used_date"}},
        {"codes where a card is needed",
         body_of(
             eticket,
             R"({"outer_id":"1","token":"t","certificate_type":1,"isv_ma_list":[)" + ma + "]}"
         ),
         400,
         {"/params/isv_ka_list"}},
        {"a code with a space behind it",
         body_of(
             ticket,
             R"({"order_id":1,"voucher_infos":[{"confirm_code":"2516352 ","used_quantity":1}]})"
         ),
         400,
         {"/params/voucher_infos/0/confirm_code"}},
        {"expiry of zero",
         R"({"expires_in":0,)" + body_of(voucher, R"({"entity_no":"A"})").substr(1),
         400,
         {"/expires_in"}},
        {"an account of the other platform",
         R"({"account":"fliggy",)" + body_of(voucher, R"({"entity_no":"A"})").substr(1),
         400,
         {"/account"}},
    };
}

TEST(BadInput, GetsTheDocumentedAnswerAndHasNoEffect) {
    world w;
    for (const auto& row : bad_bodies()) {
        SCOPED_TRACE(row.name);
        const auto got = w.post(std::string("bad ") + row.name, row.body);
        EXPECT_EQ(got.status, row.status) << got.body;
        EXPECT_EQ(got.header("content-type"), "application/problem+json");
        std::vector<std::string> pointers;
        const auto problem = json_of(got);
        if (const auto* errors = problem.if_contains("errors")) {
            for (const auto& error : errors->as_array()) {
                pointers.emplace_back(error.as_object().at("pointer").as_string());
            }
        }
        for (const auto& pointer : row.pointers) {
            EXPECT_NE(std::find(pointers.begin(), pointers.end(), pointer), pointers.end())
                << pointer << " is missing: " << got.body;
        }
    }
    EXPECT_EQ(w.executed_in_all(), 0);
    EXPECT_EQ(w.post("good", voucher_body("good1")).status, 200U);
}

TEST(BadInput, ListLimitsAreExact) {
    world w;
    const std::string ma = R"({"code":"abc123","num":1})";
    const auto two_hundred = body_of(
        eticket, R"({"outer_id":"200","token":"t","isv_ma_list":[)" + repeated(ma, 200) + "]}"
    );
    EXPECT_EQ(w.post("200", two_hundred).status, 200U);
    const std::string info = R"({"confirm_code":"2516352","used_quantity":1})";
    const auto many =
        body_of(ticket, R"({"order_id":999,"voucher_infos":[)" + repeated(info, 999) + "]}");
    EXPECT_EQ(w.post("999", many).status, 200U);
}

TEST(BadInput, HeadersAndSizesAreChecked) {
    world w;
    const auto body = voucher_body("headers1");
    const auto post = [&](const std::map<std::string, std::string>& headers,
                          const std::string& text) {
        return call(w.api_port, "POST", "/v1/redemptions", headers, text);
    };
    const std::map<std::string, std::string> json{{"Content-Type", "application/json"}};
    EXPECT_EQ(post(json, body).status, 400U) << "no Idempotency-Key";
    EXPECT_EQ(
        post(
            {{"Content-Type", "application/json"}, {"Idempotency-Key", std::string(256, 'k')}}, body
        )
            .status,
        400U
    );
    EXPECT_EQ(
        post({{"Content-Type", "application/json"}, {"Idempotency-Key", "ключ"}}, body).status, 400U
    );
    EXPECT_EQ(post({{"Idempotency-Key", "k"}}, body).status, 415U) << "no media type";
    EXPECT_EQ(post({{"Idempotency-Key", "k"}, {"Content-Type", "text/plain"}}, body).status, 415U);
    EXPECT_EQ(
        post(
            {{"Idempotency-Key", "k"},
             {"Content-Type", "application/json"},
             {"X-Long", std::string(40'000, 'x')}},
            body
        )
            .status,
        431U
    );
    EXPECT_EQ(w.post("big", std::string(300 * 1024, ' ')).status, 413U);
    EXPECT_EQ(w.executed_in_all(), 0);
    const auto quoted = w.post("\"quoted\"", voucher_body("quoted1", "CODE-Q"));
    EXPECT_EQ(quoted.status, 200U);
    EXPECT_EQ(json_of(quoted).at("idempotency_key").as_string(), "quoted");
    EXPECT_EQ(
        w.post("quoted", voucher_body("quoted1", "CODE-Q")).header("idempotent-replayed"), "true"
    );
}

TEST(BadInput, SmugglingFormsAreRefusedAndTheConnectionCloses) {
    world w;
    const std::string line = "POST /v1/redemptions HTTP/1.1\r\n";
    const std::string host = "Host: x\r\n";
    const std::pair<const char*, std::string> rows[] = {
        {"two lengths", line + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"},
        {"length and chunked",
         line + host + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"another coding", line + host + "Transfer-Encoding: gzip\r\n\r\n"},
        {"chunked, identity", line + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
        },
        {"folded header", line + host + "X: a\r\n b\r\n\r\n"},
        {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n"},
        {"no host", "GET /v1/accounts HTTP/1.1\r\n\r\n"},
        {"two hosts", "GET /v1/accounts HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        {"space before the colon", "GET /v1/accounts HTTP/1.1\r\nHost : x\r\n\r\n"},
        {"bad chunk size", line + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"},
        {"not HTTP", "\x16\x03\x01\x02\x00\x01\r\n\r\n"},
    };
    for (const auto& [name, bytes] : rows) {
        SCOPED_TRACE(name);
        const auto got =
            raw_exchange(w.api_port, bytes + "GET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_TRUE(got.starts_with("HTTP/1.1 400") || got.starts_with("HTTP/1.1 501"))
            << got.substr(0, 200);
        EXPECT_EQ(got.find("HTTP/1.1 200"), std::string::npos)
            << "the gateway read the rest as a request";
    }
    EXPECT_EQ(w.get("/v1/accounts").status, 200U);
}

TEST(BadInput, PipelinedRequestsAreAnsweredInOrder) {
    world w;
    const std::string bytes =
        "GET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        "HEAD /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /v1/accounts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const auto got = raw_exchange(w.api_port, bytes);
    std::vector<std::string> statuses;
    for (std::size_t at = got.find("HTTP/1.1 "); at != std::string::npos;
         at = got.find("HTTP/1.1 ", at + 1)) {
        statuses.push_back(got.substr(at + 9, 3));
    }
    const std::vector<std::string> expected{"200", "404", "200", "200"};
    EXPECT_EQ(statuses, expected);
}

TEST(BadInput, MemoryDoesNotGrow) {
    if (support::sanitized) {
        GTEST_SKIP() << "a sanitizer retains freed memory";
    }
    world w;
    const auto rows = bad_bodies();
    const std::string huge(10 * 1024 * 1024, 'x');
    const auto round = [&](int n) {
        for (const auto& row : rows) {
            w.post("flat " + std::to_string(n) + row.name, row.body);
        }
        w.post("huge", huge);
        send_and_disconnect(
            w.api_port,
            "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        );
    };
    for (int n = 0; n < 5; ++n) {
        round(n);
    }
    const auto before = w.gateway_resident_kib();
    for (int n = 5; n < 45; ++n) {
        round(n);
    }
    const auto after = w.gateway_resident_kib();
    EXPECT_LT(after, before + 8 * 1024) << "KiB resident: " << before << " before";
    EXPECT_EQ(w.get("/v1/accounts").status, 200U);
}

TEST(BadInput, ADisconnectedCallerDoesNotCancelItsRedemption) {
    world w;
    const auto body = voucher_body("hangup1", "CODE-HANGUP");
    w.fault(R"({"fault":"late","delay_ms":300,"times":1})");
    send_and_disconnect(
        w.api_port,
        "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: "
        "application/json\r\nIdempotency-Key: hangup\r\n"
        "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body
    );
    const auto got = w.post("hangup", body);
    EXPECT_EQ(got.status, 200U) << got.body;
    EXPECT_EQ(w.executed("hangup1"), 1);
}

}  // namespace
}  // namespace gateway::flow
