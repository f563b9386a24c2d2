#include <gtest/gtest.h>

#include "simulator/alipay/encryption.hpp"
#include "simulator/alipay/endpoint.hpp"
#include "simulator/base64.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

namespace {

constexpr std::string_view node_name = "alipay_marketing_voucher_stock_use_response";

gateway::net::http_response answer(
    alipay_parameters given, const active_faults& faults, const alipay_app& app
) {
    effect_ledger ledger("");
    alipay_endpoint endpoint({app}, ledger);
    const auto request = alipay_post(signed_for_alipay(std::move(given)));
    return endpoint.receive(request, fixed_now())->answer(faults, fixed_now()).response;
}

std::string body(std::initializer_list<const char*> rules, std::string entity = "E1") {
    return answer(use_parameters(std::move(entity), "A1"), faults_of(rules), demo_alipay_app())
        .body;
}

// Returns the raw bytes between the node's name and the brace (or quote) that ends the node.
std::string raw_node(const std::string& text, std::string_view name = node_name) {
    const std::size_t at = text.find("\"" + std::string(name) + "\":");
    EXPECT_NE(at, std::string::npos) << text;
    const std::size_t from = at + name.size() + 3;
    const std::size_t to = text[from] == '"' ? text.find('"', from + 1) : text.find('}', from);
    return text.substr(from, to - from + 1);
}

bool verifies(const std::string& text, const std::string& node) {
    const auto root = json_of(text);
    const auto* sign = root.if_contains("sign");
    if (sign == nullptr) {
        return false;
    }
    const rsa_key key =
        rsa_key::public_from_pem(data_file("alipay/keys/alipay_public_spki.pem"), "test key");
    const auto signature = base64_decode(std::string(sign->as_string()));
    return signature && key.verify(rsa_hash::sha256, node, *signature);
}

}  // namespace

TEST(AlipayAnswer, SignsTheRawBytesOfItsNode) {
    const std::string text = body({});
    EXPECT_TRUE(text.starts_with("{\"" + std::string(node_name) + "\":{\"code\":\"10000\""))
        << text;
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

TEST(AlipayAnswer, HasTheTypeHtmlAndATraceId) {
    const auto response = answer(use_parameters("E1", "A1"), {}, demo_alipay_app());
    EXPECT_EQ(response.headers.find("Content-Type"), "text/html;charset=utf-8");
    EXPECT_TRUE(response.headers.find("trace_id"));
}

TEST(AlipayAnswer, UsesTheCharsetOfTheUrl) {
    alipay_parameters given = use_parameters("EXPIRED", "A1");
    given["charset"] = "GBK";
    const auto response = answer(given, {}, demo_alipay_app());
    EXPECT_EQ(response.headers.find("Content-Type"), "text/html;charset=GBK");
    EXPECT_NE(response.body.find(from_utf8("券已过期", charset::gbk)), std::string::npos);
}

TEST(AlipayAnswer, TheFaultGbkAnswerIgnoresTheRequestedCharset) {
    const std::string text = body({R"({"fault":"gbk-answer"})"}, "EXPIRED");
    EXPECT_FALSE(is_utf8(text));
    EXPECT_NE(text.find(from_utf8("券已过期", charset::gbk)), std::string::npos);
}

TEST(AlipayAnswer, TheFaultSignFirstPutsTheSignatureFirst) {
    const std::string text = body({R"({"fault":"sign-first"})"});
    EXPECT_TRUE(text.starts_with("{\"sign\":\"")) << text;
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

TEST(AlipayAnswer, TheFaultSignLastOverridesSignFirst) {
    const std::string text = body({R"({"fault":"sign-first"})", R"({"fault":"sign-last"})"});
    EXPECT_TRUE(text.starts_with("{\"alipay_")) << text;
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

TEST(AlipayAnswer, TheSignatureCoversPrettyPrintedBytes) {
    const std::string text = body({R"({"fault":"pretty"})", R"({"fault":"sign-first"})"});
    EXPECT_TRUE(text.starts_with("{\n\t\"sign\":\"")) << text;
    EXPECT_NE(raw_node(text).find("{\n\t\"code\": \"10000\",\n"), std::string::npos) << text;
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

TEST(AlipayAnswer, FaultsMakeTheSignatureWrongOrAbsent) {
    const std::string wrong = body({R"({"fault":"wrong-signature"})"});
    EXPECT_TRUE(json_of(wrong).contains("sign"));
    EXPECT_FALSE(verifies(wrong, raw_node(wrong)));
    EXPECT_FALSE(json_of(body({R"({"fault":"missing-signature"})"})).contains("sign"));
}

TEST(AlipayAnswer, TheFaultUnsignedErrorLeavesOnlyErrorsUnsigned) {
    EXPECT_TRUE(json_of(body({R"({"fault":"unsigned-error"})"})).contains("sign"));
    EXPECT_FALSE(json_of(body({R"({"fault":"unsigned-error"})"}, "EXPIRED")).contains("sign"));
}

TEST(AlipayAnswer, FaultsRenameTheNode) {
    const std::string other = body({R"({"fault":"other-method-node"})"});
    EXPECT_TRUE(verifies(other, raw_node(other, "alipay_marketing_voucher_query_response")));
    const std::string error = body({R"({"fault":"error-response"})"}, "EXPIRED");
    EXPECT_TRUE(verifies(error, raw_node(error, "error_response")));
}

TEST(AlipayAnswer, EscapesSlashesBeforeItSigns) {
    const std::string text =
        body({R"({"fault":"business-code","code":"40004","sub_code":"X","sub_msg":"a/b"})"});
    EXPECT_NE(text.find(R"("sub_msg":"a\/b")"), std::string::npos) << text;
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

TEST(AlipayAnswer, AFaultInsertsRawControlCharacters) {
    const std::string text = body({R"({"fault":"raw-control-characters"})"});
    EXPECT_NE(text.find("\"msg\":\"\t\r\nSuccess\""), std::string::npos) << text;
}

TEST(AlipayAnswer, IsEncryptedAndSignedWithItsQuotesForAnEncryptedRequest) {
    const std::string key(16, 'k');
    alipay_app app = demo_alipay_app();
    app.encrypt_key = base64_encode(key);
    alipay_parameters given = use_parameters("E1", "A1");
    given["biz_content"] = alipay_encrypt(key, given["biz_content"]);
    given["encrypt_type"] = "AES";
    const std::string text = answer(given, {}, app).body;
    const std::string node = raw_node(text);
    EXPECT_TRUE(verifies(text, node));
    const auto plain = alipay_decrypt(key, node.substr(1, node.size() - 2));
    ASSERT_TRUE(plain);
    EXPECT_EQ(json_of(*plain).at("code").as_string(), "10000");
}

TEST(AlipayAnswer, CarriesItsCertificateSnInCertificateMode) {
    alipay_app app = demo_alipay_app();
    app.app_certificate = data_file("alipay/cert/appCertPublicKey.crt");
    app.platform_certificate = data_file("alipay/cert/alipayCertPublicKey_RSA2.crt");
    app.root_certificates = data_file("alipay/cert/alipayRootCert.crt");
    alipay_parameters given = use_parameters("E1", "A1");
    given["app_cert_sn"] = "fecaa038ad922aaf1c102e50976bb8bf";
    given["alipay_root_cert_sn"] =
        "9a86fd65a625e2b0eb435a4410885055_0023629e0b567d46f6148831132b13a6";
    const std::string text = answer(given, {}, app).body;
    EXPECT_EQ(json_of(text).at("alipay_cert_sn").as_string(), "c1014b8d048c7d46ef66613395e7faf2");
    EXPECT_TRUE(verifies(text, raw_node(text)));
}

}  // namespace simulator::test
