#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "simulator/alipay/encryption.hpp"
#include "simulator/alipay/endpoint.hpp"
#include "simulator/base64.hpp"
#include "simulator/certificate.hpp"
#include "tests/simulator/requests.hpp"

// The tests read the vectors of tests/data/alipay, which the official SDKs and openssl produced.

namespace simulator::test {

namespace json = boost::json;

namespace {

std::string trimmed(std::string text) {
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    return text;
}

std::string request_file(const std::string& name, const std::string& file) {
    return data_file("alipay/request/" + name + "/" + file);
}

alipay_parameters parameters_of(const std::string& name) {
    alipay_parameters given;
    const auto document = json::parse(request_file(name, "params.json"));
    for (const auto& member : document.as_object()) {
        given[member.key()] = std::string(member.value().as_string());
    }
    return given;
}

charset charset_of(const alipay_parameters& given) {
    return *charset_named(given.at("charset"));
}

rsa_key app_public_key() {
    return rsa_key::public_from_pem(data_file("alipay/keys/app_public_spki.pem"), "test key");
}

// Returns a captured request of the official SDK in the form of the HTTP reader's result.
gateway::net::http_request captured(const std::string& name) {
    if (name == "rsa2_gbk") {
        return form_post(
            "/gateway.do?" + request_file(name, "query.txt"), request_file(name, "body.txt")
        );
    }
    const std::string text = request_file(name, "wire_request.txt");
    const std::size_t first_space = text.find(' ');
    const std::size_t second_space = text.find(' ', first_space + 1);
    const std::size_t blank = text.find("\r\n\r\n");
    const bool crlf = blank != std::string::npos;
    const std::size_t body = crlf ? blank + 4 : text.find("\n\n") + 2;
    return form_post(
        text.substr(first_space + 1, second_space - first_space - 1), text.substr(body)
    );
}

class AlipayRequestVectors : public testing::TestWithParam<const char*> {};

}  // namespace

TEST_P(AlipayRequestVectors, RebuildTheStringThatWasSigned) {
    const auto given = parameters_of(GetParam());
    const bool gbk = charset_of(given) == charset::gbk;
    EXPECT_EQ(
        from_utf8(alipay_string_to_sign(given), charset_of(given)),
        request_file(GetParam(), gbk ? "string_to_sign.gbk.bin" : "string_to_sign.txt")
    );
}

TEST_P(AlipayRequestVectors, VerifyAndChangedOnesDoNot) {
    const auto given = parameters_of(GetParam());
    const std::string sign = trimmed(request_file(GetParam(), "sign.b64.txt"));
    const std::string text = alipay_string_to_sign(given);
    const std::string& type = given.at("sign_type");
    EXPECT_TRUE(verify_alipay_signature(app_public_key(), type, text, charset_of(given), sign));
    EXPECT_FALSE(
        verify_alipay_signature(app_public_key(), type, text + " ", charset_of(given), sign)
    );
    const char* other = type == "RSA" ? "RSA2" : "RSA";
    EXPECT_FALSE(verify_alipay_signature(app_public_key(), other, text, charset_of(given), sign));
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    AlipayRequestVectors,
    testing::Values("rsa2_utf8", "rsa2_gbk", "rsa2_aes", "rsa2_cert_mode", "rsa1_sha1_utf8")
);

TEST(AlipayWireCaptures, AreExecuted) {
    alipay_app encrypting = demo_alipay_app();
    encrypting.encrypt_key = trimmed(data_file("alipay/keys/aes_key.b64.txt"));
    alipay_app certified = demo_alipay_app();
    certified.app_certificate = data_file("alipay/cert/appCertPublicKey.crt");
    certified.platform_certificate = data_file("alipay/cert/alipayCertPublicKey_RSA2.crt");
    certified.root_certificates = data_file("alipay/cert/alipayRootCert.crt");
    alipay_app old = demo_alipay_app();
    old.sign_type = "RSA";
    const std::pair<const char*, alipay_app> rows[] = {
        {"rsa2_utf8", demo_alipay_app()},
        {"rsa2_gbk", demo_alipay_app()},
        {"rsa2_aes", encrypting},
        {"rsa2_cert_mode", certified},
        {"rsa1_sha1_utf8", old},
    };
    for (const auto& [name, app] : rows) {
        SCOPED_TRACE(name);
        effect_ledger ledger("");
        alipay_endpoint endpoint({app}, ledger);
        const auto call = endpoint.receive(captured(name), fixed_now());
        EXPECT_EQ(call->answer({}, fixed_now()).verdict, "executed");
        EXPECT_EQ(ledger.describe().at("executed").to_number<int>(), 1);
    }
}

TEST(AlipayAnswerVectors, AreSignedByteForByte) {
    const rsa_key key =
        rsa_key::private_from_pem(data_file("alipay/keys/alipay_private_pkcs8.pem"), "test key");
    const std::pair<const char*, const char*> rows[] = {
        {"01_sign_last", "RSA2"},
        {"02_sign_first_seed_layout", "RSA2"},
        {"04_signed_business_error", "RSA2"},
        {"07_slash_escaped_signed_raw", "RSA2"},
        {"17_sha1_signature", "RSA"},
        {"22_gbk_body_signed", "RSA2"},
        {"25_encrypted_node", "RSA2"},
    };
    for (const auto& [name, type] : rows) {
        SCOPED_TRACE(name);
        const std::string base = std::string("alipay/response/") + name;
        const std::string sign = alipay_sign_node(key, type, data_file(base + ".signed"));
        EXPECT_NE(data_file(base + ".body").find(sign), std::string::npos);
    }
}

TEST(CertificateSn, MatchesTheKnownAnswers) {
    const auto expected = json::parse(data_file("alipay/cert/expected_sn.json"));
    const std::pair<const char*, const char*> rows[] = {
        {"appCertPublicKey.crt", "appCertPublicKey.crt"},
        {"alipayCertPublicKey_RSA2.crt (first certificate)", "alipayCertPublicKey_RSA2.crt"},
        {"rootA.crt", "rootA.crt"},
        {"rootB.crt", "rootB.crt"},
    };
    for (const auto& [key, file] : rows) {
        SCOPED_TRACE(file);
        EXPECT_EQ(
            certificate_sn(data_file(std::string("alipay/cert/") + file), file),
            expected.at(key).at("sn").as_string()
        );
    }
    EXPECT_EQ(
        root_certificate_sn(data_file("alipay/cert/alipayRootCert.crt")),
        expected.at("alipayRootCert.crt (EC, A, B)").at("root_sn").as_string()
    );
    EXPECT_EQ(
        root_certificate_sn(data_file("alipay/cert/alipayRootCert_with_pss.crt")),
        expected.at("alipayRootCert_with_pss.crt (EC, A, PSS, B)").at("root_sn").as_string()
    );
}

TEST(AlipayEncryption, MatchesTheVectors) {
    const auto vectors = json::parse(data_file("alipay/aes/vectors.json"));
    for (const auto& vector : vectors.as_array()) {
        SCOPED_TRACE(vector.at("name").as_string().c_str());
        const auto key = base64_decode(std::string(vector.at("key_b64").as_string()));
        ASSERT_TRUE(key);
        const std::string plain(vector.at("plaintext").as_string());
        const std::string cipher(vector.at("ciphertext_b64").as_string());
        EXPECT_EQ(alipay_encrypt(*key, plain), cipher);
        EXPECT_EQ(alipay_decrypt(*key, cipher), plain);
    }
}

TEST(AlipayEncryption, RefusesBrokenCipherText) {
    const std::string key(16, 'k');
    EXPECT_EQ(alipay_decrypt(key, "not base64"), std::nullopt);
    EXPECT_EQ(alipay_decrypt(key, ""), std::nullopt);
    EXPECT_EQ(alipay_decrypt(key, base64_encode("fifteen bytes..")), std::nullopt);
}

}  // namespace simulator::test
