#include <gtest/gtest.h>

#include <functional>

#include "simulator/alipay/encryption.hpp"
#include "simulator/alipay/endpoint.hpp"
#include "simulator/base64.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace json = boost::json;

namespace {

using gateway::net::http_request;

const std::string aes_key(16, 'k');

// One application of each kind, distinguished by app_id.
std::vector<alipay_app> applications() {
    alipay_app plain = demo_alipay_app();
    plain.app_auth_tokens = {"right-token"};
    alipay_app keyless = demo_alipay_app();
    keyless.app_id = "keyless";
    keyless.app_public_key.clear();
    alipay_app barred = demo_alipay_app();
    barred.app_id = "barred";
    barred.methods = {"alipay.open.app.alipaycert.download"};
    alipay_app encrypting = demo_alipay_app();
    encrypting.app_id = "encrypting";
    encrypting.encrypt_key = base64_encode(aes_key);
    encrypting.encryption_required = true;
    alipay_app certified = demo_alipay_app();
    certified.app_id = "certified";
    certified.app_certificate = data_file("alipay/cert/appCertPublicKey.crt");
    certified.platform_certificate = data_file("alipay/cert/alipayCertPublicKey_RSA2.crt");
    certified.root_certificates = data_file("alipay/cert/alipayRootCert.crt");
    return {plain, keyless, barred, encrypting, certified};
}

struct answer_facts {
    std::string code;
    std::string sub_code;
    std::string sub_msg;
    bool is_signed = false;
    std::string node;
};

// Returns the node as an object; a node that is a string is decrypted first.
json::object node_of(const json::value& value) {
    if (value.is_object()) {
        return value.get_object();
    }
    const auto plain = alipay_decrypt(aes_key, std::string(value.as_string()));
    EXPECT_TRUE(plain);
    return json_of(plain.value_or(""));
}

answer_facts call(const http_request& request) {
    effect_ledger ledger("");
    alipay_endpoint endpoint(applications(), ledger);
    const auto answer = endpoint.receive(request, fixed_now())->answer({}, fixed_now());
    EXPECT_EQ(answer.response.status, 200U);
    answer_facts facts;
    for (const auto& member : json_of(to_utf8(answer.response.body, charset::utf_8))) {
        if (member.key() == "sign") {
            facts.is_signed = true;
        }
        if (member.key() == "sign" || member.key() == "alipay_cert_sn") {
            continue;
        }
        const json::object node = node_of(member.value());
        facts.node = member.key();
        facts.code = node.at("code").as_string().c_str();
        facts.sub_code = node.contains("sub_code") ? node.at("sub_code").as_string().c_str() : "";
        facts.sub_msg = node.contains("sub_msg") ? node.at("sub_msg").as_string().c_str() : "";
    }
    const bool executed = ledger.describe().at("executed").to_number<int>() == 1;
    EXPECT_EQ(executed, facts.code == "10000");
    return facts;
}

struct row {
    const char* name;
    const char* code;
    const char* sub_code;
    bool is_signed;
    std::function<http_request()> make;
};

std::function<http_request()> with(std::function<void(alipay_parameters&)> change) {
    return [change] {
        alipay_parameters given = use_parameters("E1", "A1");
        change(given);
        return alipay_post(signed_for_alipay(std::move(given)));
    };
}

std::function<http_request()> with(const char* name, std::string value) {
    return with([name, value](alipay_parameters& given) { given[name] = value; });
}

std::function<http_request()> without(const char* name) {
    return with([name](alipay_parameters& given) { given.erase(name); });
}

std::function<http_request()> raw(std::function<void(http_request&)> change) {
    return [change] {
        http_request request = alipay_post(signed_for_alipay(use_parameters("E1", "A1")));
        change(request);
        return request;
    };
}

std::function<http_request()> encrypted(std::string plain, std::string type = "AES") {
    return with([plain, type](alipay_parameters& given) {
        given["app_id"] = "encrypting";
        given["biz_content"] = plain.empty() ? "AAAA" : alipay_encrypt(aes_key, plain);
        given["encrypt_type"] = type;
    });
}

std::function<http_request()> certified(std::function<void(alipay_parameters&)> change) {
    return with([change](alipay_parameters& given) {
        given["app_id"] = "certified";
        given["app_cert_sn"] = "fecaa038ad922aaf1c102e50976bb8bf";
        given["alipay_root_cert_sn"] =
            "9a86fd65a625e2b0eb435a4410885055_0023629e0b567d46f6148831132b13a6";
        change(given);
    });
}

constexpr const char* complete = R"({"entity_no":"E1","out_biz_no":"A1"})";

const row rows[] = {
    {"a complete request", "10000", "", true, with([](alipay_parameters&) {})},
    {"format JSON", "10000", "", true, with("format", "JSON")},
    {"an unknown parameter is signed like any other", "10000", "", true, with("alipay_sdk", "x")},
    {"charset in URL and form", "10000", "", true, raw([](http_request& request) {
         request.body += "&charset=utf-8";
     })},
    {"everything in the query", "10000", "", true, raw([](http_request& request) {
         request.target += "&" + request.body;
         request.body.clear();
     })},
    {"GBK", "10000", "", true, with([](alipay_parameters& given) {
         given["charset"] = "GBK";
         given["biz_content"] = R"({"entity_no":"券码甲","out_biz_no":"A1"})";
     })},
    {"gb2312", "10000", "", true, with([](alipay_parameters& given) {
         given["charset"] = "gb2312";
         given["biz_content"] = R"({"entity_no":"券码甲","out_biz_no":"A1"})";
     })},
    {"encrypted", "10000", "", true, encrypted(complete)},
    {"certificate mode", "10000", "", true, certified([](alipay_parameters&) {})},

    {"GET", "40002", "isv.invalid-content-type", false, raw([](http_request& request) {
         request.method = "GET";
     })},
    {"JSON body", "40002", "isv.invalid-content-type", false, raw([](http_request& request) {
         request.headers = {{"Content-Type", "application/json"}};
     })},
    {"no method", "40001", "isv.missing-method", false, without("method")},
    {"unknown method", "40002", "isv.invalid-method", false, with("method", "alipay.x")},
    {"no app_id", "40001", "isv.missing-app-id", false, without("app_id")},
    {"unknown app_id", "40002", "isv.invalid-app-id", false, with("app_id", "1")},
    {"no key uploaded", "40003", "isv.missing-signature-config", false, with("app_id", "keyless")},

    {"no sign_type", "40001", "isv.missing-signature-type", true, without("sign_type")},
    {"no sign",
     "40001",
     "isv.missing-signature",
     true,
     [] {
         return alipay_post(use_parameters("E1", "A1"));
     }},
    {"no timestamp", "40001", "isv.missing-timestamp", true, without("timestamp")},
    {"no version", "40001", "isv.missing-version", true, without("version")},
    {"no biz_content", "40002", "isv.invalid-parameter", true, without("biz_content")},
    {"empty biz_content", "40002", "isv.invalid-parameter", true, with("biz_content", "")},
    {"broken percent sign", "40002", "isv.invalid-parameter", true, raw([](http_request& request) {
         request.body += "&x=%4";
     })},
    {"a parameter twice with two values",
     "40002",
     "isv.invalid-parameter",
     true,
     raw([](http_request& request) { request.body += "&version=2.0"; })},
    {"charset spelled two ways",
     "40002",
     "isv.invalid-parameter",
     true,
     raw([](http_request& request) { request.body += "&charset=UTF-8"; })},
    {"unknown charset", "40002", "isv.invalid-charset", true, with("charset", "utf8")},
    {"no charset", "40002", "isv.invalid-charset", true, without("charset")},
    {"format xml", "40002", "isv.invalid-format", true, with("format", "xml")},
    {"another sign_type than the application's",
     "40002",
     "isv.invalid-signature-type",
     true,
     with("sign_type", "RSA")},
    {"timestamp with a T",
     "40002",
     "isv.invalid-timestamp",
     true,
     with("timestamp", "2024-05-01T08:30:00")},
    {"an impossible date",
     "40002",
     "isv.invalid-timestamp",
     true,
     with("timestamp", "2023-02-29 00:00:00")},
    {"version 2", "40002", "isv.invalid-parameter", true, with("version", "2.0")},
    {"a token too long",
     "40002",
     "isv.invalid-parameter",
     true,
     with("app_auth_token", std::string(41, 't'))},

    {"signed with another key",
     "40002",
     "isv.invalid-signature",
     true,
     [] {
         alipay_parameters given = use_parameters("E1", "A1");
         given["sign"] = base64_encode(std::string(256, 'x'));
         return alipay_post(given);
     }},
    {"sign is not base64",
     "40002",
     "isv.invalid-signature",
     true,
     [] {
         alipay_parameters given = use_parameters("E1", "A1");
         given["sign"] = "a b";
         return alipay_post(given);
     }},
    {"a value changed after signing",
     "40002",
     "isv.invalid-signature",
     true,
     [] {
         alipay_parameters given = signed_for_alipay(use_parameters("E1", "A1"));
         given["biz_content"] = R"({"entity_no":"E2","out_biz_no":"A1"})";
         return alipay_post(given);
     }},
    {"an empty value that was signed",
     "40002",
     "isv.invalid-signature",
     true,
     [] {
         alipay_parameters given = use_parameters("E1", "A1");
         const rsa_key key =
             rsa_key::private_from_pem(data_file("alipay/keys/app_private_pkcs8.pem"), "test key");
         const std::string text = alipay_string_to_sign(given) + "&zz=";
         given["sign"] = base64_encode(key.sign(rsa_hash::sha256, text));
         given["zz"] = "";
         return alipay_post(given);
     }},
    {"UTF-8 bytes with the charset in the form only",
     "40002",
     "isv.invalid-signature",
     true,
     [] {
         const auto given = signed_for_alipay(use_parameters("券码甲", "A1"));
         return form_post("/gateway.do", form_encoded(given));
     }},

    {"method not allowed",
     "40006",
     "isv.insufficient-isv-permissions",
     true,
     with("app_id", "barred")},
    {"the right token", "10000", "", true, with("app_auth_token", "right-token")},
    {"a wrong token",
     "20001",
     "aop.invalid-app-auth-token",
     true,
     with("app_auth_token", "wrong-token")},

    {"no encryption where it is required",
     "40001",
     "isv.decryption-error-missing-encrypt-type",
     true,
     with("app_id", "encrypting")},
    {"unknown encryption", "40002", "isv.invalid-encrypt-type", true, encrypted(complete, "AES_V2")
    },
    {"encrypted for an application without a key",
     "40002",
     "isv.decryption-error-not-valid-encrypt-key",
     true,
     with("encrypt_type", "AES")},
    {"not a cipher text", "40002", "isv.decryption-error-unknown", true, encrypted("")},

    {"no app_cert_sn",
     "40002",
     "isv.missing-app-cert-sn",
     true,
     certified([](alipay_parameters& given) { given.erase("app_cert_sn"); })},
    {"another app_cert_sn",
     "40002",
     "isv.app-cert-not-exist",
     true,
     certified([](alipay_parameters& given) { given["app_cert_sn"] = "0"; })},
    {"no alipay_root_cert_sn",
     "40002",
     "isv.missing-alipay-root-cert-sn",
     true,
     certified([](alipay_parameters& given) { given.erase("alipay_root_cert_sn"); })},
    {"root SNs in another order",
     "40002",
     "isv.invalid-alipay-root-cert-sn",
     true,
     certified([](alipay_parameters& given) {
         given["alipay_root_cert_sn"] =
             "0023629e0b567d46f6148831132b13a6_9a86fd65a625e2b0eb435a4410885055";
     })},

    {"biz_content not JSON", "40002", "isv.illegal-json", true, with("biz_content", "{")},
    {"biz_content a list", "40002", "isv.illegal-json", true, with("biz_content", "[]")},
    {"no entity_no",
     "40004",
     "REQUEST_PARAM_ILLEGAL",
     true,
     with("biz_content", R"({"out_biz_no":"A1"})")},
    {"entity_no a number",
     "40004",
     "REQUEST_PARAM_ILLEGAL",
     true,
     with("biz_content", R"({"entity_no":1,"out_biz_no":"A1"})")},
    {"entity_no of 129",
     "40004",
     "REQUEST_PARAM_ILLEGAL",
     true,
     with("biz_content", R"({"entity_no":")" + std::string(129, 'e') + R"(","out_biz_no":"A1"})")},
    {"out_biz_no with a dash",
     "40004",
     "REQUEST_PARAM_ILLEGAL",
     true,
     with("biz_content", R"({"entity_no":"E1","out_biz_no":"A-1"})")},
    {"a third member",
     "40004",
     "REQUEST_PARAM_ILLEGAL",
     true,
     with("biz_content", R"({"entity_no":"E1","out_biz_no":"A1","x":"y"})")},
};

class AlipayChecks : public testing::TestWithParam<row> {};

}  // namespace

TEST_P(AlipayChecks, ReturnTheCodeOfTheFirstFault) {
    const answer_facts facts = call(GetParam().make());
    EXPECT_EQ(facts.code, GetParam().code);
    EXPECT_EQ(facts.sub_code, GetParam().sub_code);
    EXPECT_EQ(facts.is_signed, GetParam().is_signed);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    AlipayChecks,
    testing::ValuesIn(rows),
    [](const testing::TestParamInfo<row>& info) {
        std::string name = info.param.name;
        for (char& c : name) {
            c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    }
);

TEST(AlipayInvalidSignature, EchoesTheStringToSignHtmlEscaped) {
    alipay_parameters given = use_parameters("E1", "A1");
    given["sign"] = base64_encode("x");
    const answer_facts facts = call(alipay_post(given));
    EXPECT_NE(
        facts.sub_msg.find(
            "app_id=2021000000000001&amp;biz_content={&quot;entity_no&quot;:&quot;E1&quot;"
        ),
        std::string::npos
    ) << facts.sub_msg;
    EXPECT_EQ(facts.sub_msg.find("sign="), std::string::npos);
}

TEST(AlipayUnknownMethod, GetsAnErrorResponse) {
    alipay_parameters given = use_parameters("E1", "A1");
    given["method"] = "alipay.x";
    EXPECT_EQ(call(alipay_post(given)).node, "error_response");
}

}  // namespace simulator::test
