#include "platform_clients/alipay/request.hpp"

#include <gtest/gtest.h>

#include "platform_clients/alipay/signature.hpp"
#include "platform_clients/alipay/signed_request.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using namespace std::chrono;
using testing::vector_file;
using testing::vector_json;

constexpr std::string_view method = "alipay.marketing.voucher.stock.use";
// 2024-01-02 03:04:05 in UTC+8.
constexpr system_clock::time_point pinned = sys_days(January / 1 / 2024) + 19h + 4min + 5s;

// The parameters of a vector in the charset they were signed in, `sign` included.
request_parameters vector_parameters(const std::string& name, charset text) {
    request_parameters request;
    const auto params = vector_json("request/" + name + "/params.json");
    for (const auto& member : params.get_object()) {
        const auto& value = member.value().get_string();
        const auto bytes = encode_text({value.data(), value.size()}, text);
        EXPECT_TRUE(bytes);
        request.query.push_back({std::string(member.key()), bytes.value_or("")});
    }
    return request;
}

struct signing_vector {
    const char* name;
    const char* string_file;
    sign_type type;
    charset text;
};
constexpr signing_vector signing_vectors[] = {
    {"rsa2_utf8", "string_to_sign.txt", sign_type::rsa2, charset::utf_8},
    {"rsa1_sha1_utf8", "string_to_sign.txt", sign_type::rsa, charset::utf_8},
    {"rsa2_gbk", "string_to_sign.gbk.bin", sign_type::rsa2, charset::gbk},
    {"rsa2_aes", "string_to_sign.txt", sign_type::rsa2, charset::utf_8},
    {"rsa2_cert_mode", "string_to_sign.txt", sign_type::rsa2, charset::utf_8},
};

TEST(AlipayRequest, RebuildsTheStringToSignOfEveryVector) {
    for (const auto& row : signing_vectors) {
        SCOPED_TRACE(row.name);
        const auto folder = std::string("request/") + row.name + "/";
        EXPECT_EQ(
            string_to_sign(vector_parameters(row.name, row.text)),
            vector_file(folder + row.string_file)
        );
    }
}

TEST(AlipayRequest, SignsEveryVectorByteForByte) {
    for (const auto& row : signing_vectors) {
        SCOPED_TRACE(row.name);
        const auto folder = std::string("request/") + row.name + "/";
        const auto signature =
            sign(testing::app_key(), row.type, vector_file(folder + row.string_file));
        EXPECT_EQ(signature, vector_file(folder + "sign.b64.txt"));
    }
}

TEST(AlipayRequest, SendsWhatTheVectorSent) {
    const auto made = make_signed_request(
        testing::app_credentials(),
        "/gateway.do",
        method,
        redemption::params_text(R"({"entity_no":"ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS",)"
                                R"("out_biz_no":"0156468653835689006788030091"})"),
        pinned
    );
    const auto& request = std::get<signed_request>(made);
    EXPECT_EQ(request.signed_text.reveal(), vector_file("request/rsa2_utf8/string_to_sign.txt"));
    const auto sign = form_encode({{"sign", vector_file("request/rsa2_utf8/sign.b64.txt")}});
    EXPECT_EQ(
        request.http.target,
        "/gateway.do?app_id=2021000000000001&method=alipay.marketing.voucher.stock.use"
        "&charset=utf-8&sign_type=RSA2&timestamp=2024-01-02+03%3A04%3A05&version=1.0&" +
            sign
    );
    EXPECT_EQ(request.http.method, "POST");
    EXPECT_EQ(
        request.http.headers.find("content-type"), "application/x-www-form-urlencoded;charset=utf-8"
    );
    const auto wire = vector_file("request/rsa2_utf8/wire_request.txt");
    EXPECT_EQ(request.http.body, wire.substr(wire.find("\r\n\r\n") + 4));
}

TEST(AlipayRequest, EncryptsBeforeItSigns) {
    auto keys = testing::app_credentials();
    keys.cipher =
        std::get<content_cipher>(content_cipher::from_key(vector_file("keys/aes_key.b64.txt")));
    const auto made = make_signed_request(
        keys,
        "/gateway.do",
        method,
        redemption::params_text(R"({"entity_no":"ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS",)"
                                R"("out_biz_no":"0156468653835689006788030091"})"),
        pinned
    );
    const auto& request = std::get<signed_request>(made);
    EXPECT_EQ(request.signed_text.reveal(), vector_file("request/rsa2_aes/string_to_sign.txt"));
    EXPECT_NE(request.http.target.find("&encrypt_type=AES&"), std::string::npos);
    EXPECT_EQ(request.http.body.find("entity_no"), std::string::npos);
}

TEST(AlipayRequest, SpellsTheCharsetOneWayEverywhereAndEncodesItsBytes) {
    auto keys = testing::app_credentials();
    keys.text = charset::gbk;
    const auto made = make_signed_request(
        keys,
        "/gateway.do",
        method,
        redemption::params_text(R"({"entity_no":"券码甲","out_biz_no":"A1"})"),
        pinned
    );
    const auto& request = std::get<signed_request>(made);
    EXPECT_EQ(request.http.body, vector_file("request/rsa2_gbk/body.txt"));
    EXPECT_NE(request.http.target.find("&charset=GBK&"), std::string::npos);
    EXPECT_NE(request.signed_text.reveal().find("&charset=GBK&"), std::string::npos);
    EXPECT_EQ(
        request.http.headers.find("Content-Type"), "application/x-www-form-urlencoded;charset=GBK"
    );
}

TEST(AlipayRequest, RefusesContentThatTheCharsetCannotHold) {
    for (const auto text : {charset::gbk, charset::gb2312}) {
        auto keys = testing::app_credentials();
        keys.text = text;
        const auto made = make_signed_request(
            keys, "/gateway.do", method, redemption::params_text(R"({"entity_no":"🎫"})"), pinned
        );
        const auto* fault = std::get_if<signing_fault>(&made);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->what, signing_fault::kind::not_representable);
    }
}

TEST(AlipayRequest, NeverSendsAnEmptyValue) {
    const auto request = lay_out(
        {.app_id = "1",
         .method = "m",
         .charset = "",
         .sign_type = "",
         .timestamp = "",
         .biz_content = "{}"}
    );
    for (const auto* part : {&request.query, &request.body}) {
        for (const auto& field : *part) {
            EXPECT_FALSE(field.value.empty()) << field.name;
        }
    }
    EXPECT_EQ(string_to_sign(request), "app_id=1&biz_content={}&method=m&version=1.0");
}

TEST(AlipayRequest, LeavesEmptyValuesAndTheSignatureOutOfTheSignedText) {
    const request_parameters request{{{"b", "2"}, {"sign", "x"}, {"e", ""}}, {{"a", "1 +&="}}};
    EXPECT_EQ(string_to_sign(request), "a=1 +&=&b=2");
}

TEST(AlipayRequest, SortsByByteSoThatTheUnderscoreComesBeforeLetters) {
    const request_parameters request{{{"app_id", "1"}, {"appa", "2"}, {"app1", "3"}}, {}};
    EXPECT_EQ(string_to_sign(request), "app1=3&app_id=1&appa=2");
}

TEST(AlipayRequest, SendsTheMerchantsTokenInTheBodyAndSignsIt) {
    auto keys = testing::app_credentials();
    keys.app_auth_token = base::secret_text("202408BB1234");
    const auto made =
        make_signed_request(keys, "/gateway.do?x=1", method, redemption::params_text("{}"), pinned);
    const auto& request = std::get<signed_request>(made);
    EXPECT_TRUE(request.http.target.starts_with("/gateway.do?x=1&app_id="));
    EXPECT_EQ(request.http.target.find("202408BB1234"), std::string::npos);
    EXPECT_TRUE(request.http.body.ends_with("&app_auth_token=202408BB1234"));
    EXPECT_NE(request.signed_text.reveal().find("app_auth_token=202408BB1234&"), std::string::npos);
}

}  // namespace
}  // namespace gateway::alipay
