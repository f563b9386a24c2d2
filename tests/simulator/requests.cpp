#include "tests/simulator/requests.hpp"

#include <boost/json/parse.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "simulator/base64.hpp"

namespace simulator::test {

namespace json = boost::json;

wall_time fixed_now() {
    return *parse_platform_time("2024-05-01 08:30:00");
}

std::string data_file(const std::string& name) {
    const std::ifstream file(std::string(GATEWAY_TEST_DATA) + "/" + name, std::ios::binary);
    if (!file) {
        throw std::runtime_error("no test data " + name);
    }
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

std::string form_encoded(const parameters& given) {
    std::string text;
    for (const auto& [name, value] : given) {
        text += (text.empty() ? "" : "&") + name + "=";
        for (const char c : value) {
            char buffer[8];
            std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned char>(c));
            text += buffer;
        }
    }
    return text;
}

gateway::net::http_request form_post(std::string target, std::string body) {
    gateway::net::http_request request;
    request.method = "POST";
    request.target = std::move(target);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
    request.body = std::move(body);
    return request;
}

taobao_app demo_taobao_app() {
    taobao_app app;
    app.app_key = "12345678";
    app.secret = "helloworld";
    app.sessions = {"test"};
    return app;
}

namespace {

parameters system_parameters(const char* method) {
    return {
        {"app_key", "12345678"},
        {"format", "json"},
        {"method", method},
        {"sign_method", "hmac-sha256"},
        {"timestamp", "2024-05-01 08:30:00"},
        {"v", "2.0"},
    };
}

}  // namespace

parameters verify_parameters() {
    parameters given = system_parameters("taobao.travel.ticket.order.verify");
    given["order_id"] = "12345678";
    given["voucher_infos"] =
        R"([{"confirm_code":"2516352","used_quantity":1,"used_date":"2020-01-11 14:00:00"}])";
    given["write_off_type"] = "1";
    return given;
}

parameters send_parameters() {
    parameters given = system_parameters("taobao.eticket.merchant.ma.send");
    given["session"] = "test";
    given["outer_id"] = "1753340805138544";
    given["token"] = "31231231231";
    given["isv_ma_list"] = R"([{"code":"abc123","num":1}])";
    return given;
}

parameters signed_for_taobao(parameters given) {
    given.erase("sign");
    given["sign"] = taobao_sign(given["sign_method"], "helloworld", given).value_or("0");
    return given;
}

gateway::net::http_request taobao_post(const parameters& given) {
    return form_post("/router/rest", form_encoded(given));
}

alipay_app demo_alipay_app() {
    alipay_app app;
    app.app_id = "2021000000000001";
    app.app_public_key = data_file("alipay/keys/app_public_spki.pem");
    app.platform_private_key = data_file("alipay/keys/alipay_private_pkcs8.pem");
    app.expired_entities = {"EXPIRED"};
    app.unknown_entities = {"UNKNOWN"};
    return app;
}

alipay_parameters use_parameters(std::string entity_no, std::string out_biz_no) {
    return {
        {"app_id", "2021000000000001"},
        {"biz_content",
         R"({"entity_no":")" + entity_no + R"(","out_biz_no":")" + out_biz_no + R"("})"},
        {"charset", "utf-8"},
        {"method", "alipay.marketing.voucher.stock.use"},
        {"sign_type", "RSA2"},
        {"timestamp", "2024-05-01 08:30:00"},
        {"version", "1.0"},
    };
}

alipay_parameters signed_for_alipay(alipay_parameters given) {
    given.erase("sign");
    const rsa_key key =
        rsa_key::private_from_pem(data_file("alipay/keys/app_private_pkcs8.pem"), "the test's key");
    const charset encoding = charset_named(given["charset"]).value_or(charset::utf_8);
    const rsa_hash hash = given["sign_type"] == "RSA" ? rsa_hash::sha1 : rsa_hash::sha256;
    given["sign"] =
        base64_encode(key.sign(hash, from_utf8(alipay_string_to_sign(given), encoding)));
    return given;
}

gateway::net::http_request alipay_post(const alipay_parameters& given) {
    parameters body;
    std::string target = "/gateway.do";
    for (const auto& [name, value] : given) {
        if (name == "charset") {
            target += "?charset=" + value;
            continue;
        }
        const auto encoding =
            charset_named(given.contains("charset") ? given.at("charset") : "gbk");
        body[name] = from_utf8(value, encoding.value_or(charset::utf_8));
    }
    return form_post(target, form_encoded(body));
}

json::object json_of(std::string_view body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    return !error && value.is_object() ? value.get_object() : json::object{};
}

active_faults faults_of(std::initializer_list<const char*> rules) {
    std::vector<fault> taken;
    for (const char* text : rules) {
        taken.push_back(std::get<fault_rule>(read_fault_rule(text)).injected);
    }
    return active_faults(std::move(taken));
}

}  // namespace simulator::test
