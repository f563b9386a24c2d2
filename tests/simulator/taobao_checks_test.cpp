#include <gtest/gtest.h>

#include <functional>

#include "simulator/taobao/endpoint.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

using gateway::net::http_request;

struct row {
    const char* name;
    int code;  // 0: accepted
    std::function<http_request()> make;
};

// Makes a signed request after `change` edited its parameters.
std::function<http_request()> verify(std::function<void(parameters&)> change) {
    return [change] {
        parameters given = verify_parameters();
        change(given);
        return taobao_post(signed_for_taobao(std::move(given)));
    };
}

std::function<http_request()> send(std::function<void(parameters&)> change) {
    return [change] {
        parameters given = send_parameters();
        change(given);
        return taobao_post(signed_for_taobao(std::move(given)));
    };
}

std::function<http_request()> without(const char* name) {
    return verify([name](parameters& given) { given.erase(name); });
}

std::function<http_request()> verify_with(const char* name, std::string value) {
    return verify([name, value](parameters& given) { given[name] = value; });
}

std::function<http_request()> send_with(const char* name, std::string value) {
    return send([name, value](parameters& given) { given[name] = value; });
}

// Makes a signed request, then lets `change` edit the HTTP message.
std::function<http_request()> raw(std::function<void(http_request&)> change) {
    return [change] {
        http_request request = taobao_post(signed_for_taobao(verify_parameters()));
        change(request);
        return request;
    };
}

std::string codes(int count) {
    std::string list = "[";
    for (int i = 0; i < count; ++i) {
        list += (i == 0 ? "" : ",") + std::string(R"({"code":"c","num":1})");
    }
    return list + "]";
}

std::string vouchers(int count) {
    std::string list = "[";
    for (int i = 0; i < count; ++i) {
        list += (i == 0 ? "" : ",") + std::string(R"({"confirm_code":"c","used_quantity":1})");
    }
    return list + "]";
}

// Reads JSON or XML; returns 0 for a success.
int error_code(const std::string& body) {
    if (body.starts_with("<?xml")) {
        const std::size_t at = body.find("<error_response><code>");
        return at == std::string::npos ? 0 : std::stoi(body.substr(at + 22));
    }
    const auto root = json_of(body);
    const auto* error = root.if_contains("error_response");
    return error == nullptr ? 0 : error->at("code").to_number<int>();
}

int code_of(const http_request& request) {
    effect_ledger ledger("");
    taobao_app app = demo_taobao_app();
    taobao_app small = app;
    small.app_key = "87654321";
    small.methods = {"taobao.eticket.merchant.ma.send"};
    taobao_endpoint endpoint({app, small}, ledger);
    const auto call = endpoint.receive(request, fixed_now());
    const auto answer = call->answer(active_faults{}, fixed_now());
    EXPECT_EQ(answer.response.status, 200U);
    const int code = error_code(answer.response.body);
    EXPECT_EQ(ledger.describe().at("executed").to_number<int>(), code == 0 ? 1 : 0);
    return code;
}

const row rows[] = {
    {"a complete verify", 0, verify([](parameters&) {})},
    {"a complete send", 0, send([](parameters&) {})},
    {"md5", 0, verify_with("sign_method", "md5")},
    {"hmac", 0, verify_with("sign_method", "hmac")},
    {"timestamp in milliseconds", 0, verify_with("timestamp", "1714523400000")},
    {"partner_id is allowed", 0, verify_with("partner_id", "gateway")},
    {"session where none is needed", 0, verify_with("session", "test")},
    {"parameters in the query", 0, raw([](http_request& request) {
         request.target += "?" + request.body;
         request.body.clear();
     })},

    {"PUT", 9, raw([](http_request& request) { request.method = "PUT"; })},
    {"lower-case post", 9, raw([](http_request& request) { request.method = "post"; })},
    {"not UTF-8", 47, verify_with("out_order_id", "\xC8\xAF\xC2\xEB")},
    {"broken percent sign", 47, raw([](http_request& request) { request.body += "&x=%4"; })},
    {"declared as GBK", 47, raw([](http_request& request) {
         request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=GBK"}};
     })},
    {"not a form", 21, raw([](http_request& request) {
         request.headers = {{"Content-Type", "application/json"}};
     })},
    {"no method", 21, without("method")},
    {"unknown method", 22, verify_with("method", "taobao.time.get")},
    {"no app_key", 28, without("app_key")},
    {"unknown app_key", 29, verify_with("app_key", "1")},
    {"no version", 32, without("v")},
    {"unknown version", 33, verify_with("v", "3.0")},
    {"old version", 34, verify_with("v", "1.0")},
    {"unknown format", 23, verify_with("format", "yaml")},
    {"simplify neither true nor false", 41, verify_with("simplify", "1")},
    {"no timestamp", 30, without("timestamp")},
    {"exactly ten minutes old", 0, verify_with("timestamp", "2024-05-01 08:20:00")},
    {"older than ten minutes", 31, verify_with("timestamp", "2024-05-01 08:19:59")},
    {"ten minutes ahead", 31, verify_with("timestamp", "2024-05-01 08:40:01")},
    {"timestamp in UTC", 31, verify_with("timestamp", "2024-05-01 00:30:00")},
    {"milliseconds beyond the calendar", 31, verify_with("timestamp", "9999999999999")},
    {"no sign", 24, raw([](http_request& request) {
         request.body = form_encoded(verify_parameters());
     })},
    {"no sign_method", 25, without("sign_method")},
    {"unknown sign_method", 25, verify_with("sign_method", "sha1")},
    {"lower-case sign",
     25,
     [] {
         parameters given = signed_for_taobao(verify_parameters());
         for (char& c : given["sign"]) {
             c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
         }
         return taobao_post(given);
     }},
    {"a value changed after signing",
     25,
     [] {
         parameters given = signed_for_taobao(verify_parameters());
         given["order_id"] = "12345679";
         return taobao_post(given);
     }},
    {"session added after signing",
     25,
     [] {
         parameters given = signed_for_taobao(verify_parameters());
         given["session"] = "test";
         return taobao_post(given);
     }},
    {"no session where needed", 26, send([](parameters& given) { given.erase("session"); })},
    {"foreign session", 27, send_with("session", "other")},
    {"method not allowed", 11, verify_with("app_key", "87654321")},
    {"a parameter twice", 41, raw([](http_request& request) {
         request.target += "?order_id=12345678";
     })},
    {"an empty parameter", 41, verify_with("out_order_id", "")},
    {"a blank parameter", 41, verify_with("out_order_id", " ")},
    {"an unknown parameter", 41, verify_with("orderid", "1")},

    {"verify without an order", 40, without("order_id")},
    {"verify by the merchant's number", 0, verify([](parameters& given) {
         given.erase("order_id");
         given["out_order_id"] = "12345";
     })},
    {"verify without quantities", 40, without("voucher_infos")},
    {"verify with check_num alone", 0, verify([](parameters& given) {
         given.erase("voucher_infos");
         given["confirm_code"] = "2516352";
         given["check_num"] = "1";
     })},
    {"order_id not a number", 41, verify_with("order_id", "12x")},
    {"order_id of 19 digits", 0, verify_with("order_id", "9223372036854775807")},
    {"order_id beyond 64 bits", 41, verify_with("order_id", "9223372036854775808")},
    {"write_off_type 2", 41, verify_with("write_off_type", "2")},
    {"vouchers not a list", 41, verify_with("voucher_infos", R"({"confirm_code":"1"})")},
    {"vouchers not JSON", 41, verify_with("voucher_infos", "[")},
    {"no vouchers", 41, verify_with("voucher_infos", "[]")},
    {"999 vouchers", 0, verify_with("voucher_infos", vouchers(999))},
    {"1000 vouchers", 41, verify_with("voucher_infos", vouchers(1000))},
    {"quantity in quotes",
     41,
     verify_with("voucher_infos", R"([{"confirm_code":"1","used_quantity":"1"}])")},
    {"quantity zero",
     41,
     verify_with("voucher_infos", R"([{"confirm_code":"1","used_quantity":0}])")},
    {"a date with a T",
     41,
     verify_with(
         "voucher_infos",
         R"([{"confirm_code":"1","used_quantity":1,"used_date":"2020-01-11T14:00:00"}])"
     )},

    {"send without outer_id", 40, send([](parameters& given) { given.erase("outer_id"); })},
    {"send without token", 40, send([](parameters& given) { given.erase("token"); })},
    {"send without codes", 40, send([](parameters& given) { given.erase("isv_ma_list"); })},
    {"cards without a card", 40, send_with("certificate_type", "1")},
    {"a card", 0, send([](parameters& given) {
         given["certificate_type"] = "1";
         given["isv_ka_list"] = R"({"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1})";
         given["group_redeem"] = "true";
     })},
    {"the document's own example, both lists", 0, send([](parameters& given) {
         given["certificate_type"] = "1";
         given["isv_ma_list"] = R"([{"code":"abc123","num":1,"qr_image":"111.png"}])";
         given["isv_ka_list"] = R"({"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1})";
         given["group_redeem"] = "true";
     })},
    {"a code without num beside a card", 0, send([](parameters& given) {
         given["certificate_type"] = "1";
         given["isv_ma_list"] = R"([{"code":"abc123"}])";
         given["isv_ka_list"] = R"({"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1})";
     })},
    {"a card without num beside codes", 0, send_with("isv_ka_list", R"({"ka_no":"1a2b3c4d"})")},
    {"a card of another form beside codes", 41, send_with("isv_ka_list", R"({"ka_no":1})")},
    {"a card in a list", 41, send([](parameters& given) {
         given["certificate_type"] = "1";
         given["isv_ka_list"] = R"([{"ka_no":"1a2b3c4d","ka_mi":"abc12345678","num":1}])";
     })},
    {"200 codes", 0, send_with("isv_ma_list", codes(200))},
    {"201 codes", 41, send_with("isv_ma_list", codes(201))},
    {"a code without num", 41, send_with("isv_ma_list", R"([{"code":"c"}])")},
    {"a code with an unknown member",
     41,
     send_with("isv_ma_list", R"([{"code":"c","num":1,"x":1}])")},
    {"certificate_type 2", 41, send_with("certificate_type", "2")},
    {"group_redeem 1", 41, send_with("group_redeem", "1")},
    {"biz_type not a number", 41, send_with("biz_type", "x")},
};

class TaobaoChecks : public testing::TestWithParam<row> {};

}  // namespace

TEST_P(TaobaoChecks, ReturnTheCodeOfTheFirstFault) {
    EXPECT_EQ(code_of(GetParam().make()), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    TaobaoChecks,
    testing::ValuesIn(rows),
    [](const testing::TestParamInfo<row>& info) {
        std::string name = info.param.name;
        for (char& c : name) {
            c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    }
);

TEST(TaobaoCheckOrder, ReportsTheFirstOfSeveralFaults) {
    // Each step adds a fault that an earlier check finds.
    parameters given = verify_parameters();
    given.erase("order_id");
    EXPECT_EQ(code_of(taobao_post(signed_for_taobao(given))), 40);
    given["sign"] = "0";
    EXPECT_EQ(code_of(taobao_post(given)), 25);
    given.erase("timestamp");
    EXPECT_EQ(code_of(taobao_post(given)), 30);
    given["v"] = "3.0";
    EXPECT_EQ(code_of(taobao_post(given)), 33);
    given.erase("app_key");
    EXPECT_EQ(code_of(taobao_post(given)), 28);
    given.erase("method");
    EXPECT_EQ(code_of(taobao_post(given)), 21);
}

}  // namespace simulator::test
