// Tests of Alipay's protocol between the real programs: certificates, encryption, charsets,
// layouts. The simulator checks and signs with its own code.
#include <gmock/gmock.h>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string certificate_account =
    "private_key_file: app_private.pem\n"
    "app_certificate_file: app.crt\n"
    "alipay_certificate_file: alipay.crt\n"
    "alipay_root_certificate_file: root.crt\n";

std::string certificate_app(const std::string& certificate, const std::string& key) {
    return "app_certificate_file: app.crt\n"
           "alipay_certificate_file: " +
           certificate +
           "\nalipay_root_certificate_file: root.crt\nalipay_private_key_file: " + key + '\n';
}

class CertificateMode : public ::testing::Test {
protected:
    CertificateMode() : w(setup()) {
        w.put("root.crt", "alipay/cert/chain/root.crt");
        w.put("app.crt", "alipay/cert/chain/app.crt");
        w.put("alipay.crt", "alipay/cert/chain/alipay_with_issuer.crt");
        w.put("next.crt", "alipay/cert/chain/next.crt");
        w.put("stranger.crt", "alipay/cert/chain/stranger.crt");
        w.put("next_private.pem", "alipay/cert/chain/next_private.pem");
        w.start();
    }

    static platform_setup setup() {
        platform_setup setup;
        setup.alipay_account = certificate_account;
        setup.alipay_app = certificate_app("alipay.crt", "alipay_private.pem");
        return setup;
    }

    std::string redeem(const std::string& number) {
        return state_of(w.post_until_settled(number, voucher_body(number, "CODE-" + number)));
    }

    // Beside the roots.
    std::size_t serial_numbers() {
        const auto all = w.account("shop-a").at("certificates").as_array();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& one) {
            return one.at("role").as_string() != "alipay_root";
        }));
    }

    protocol_world w;
};

TEST_F(CertificateMode, SendsBothSerialNumbersAndReportsTheExpiry) {
    EXPECT_EQ(redeem("certified1"), "succeeded");
    const auto sent = w.requests("stock.use");
    ASSERT_EQ(sent.size(), 1U);
    const auto& params = sent[0].at("params").as_object();
    const auto certificates = w.account("shop-a").at("certificates").as_array();
    ASSERT_EQ(certificates.size(), 3U);
    EXPECT_EQ(certificates[0].at("role").as_string(), "app");
    EXPECT_EQ(certificates[0].at("cert_sn"), params.at("app_cert_sn"));
    EXPECT_NE(certificates[0].at("serial_number"), params.at("app_cert_sn"));
    EXPECT_EQ(certificates[2].at("role").as_string(), "alipay_root");
    EXPECT_EQ(certificates[2].at("cert_sn"), params.at("alipay_root_cert_sn"));
    EXPECT_EQ(certificates[1].at("role").as_string(), "alipay");
    EXPECT_EQ(certificates[1].at("expires_at").as_string(), "2120-01-01T00:00:00.000Z");
    EXPECT_EQ(params.at("alipay_root_cert_sn").as_string().size(), 32U);
    EXPECT_EQ(
        w.metric("redemption_gateway_certificate_expiry_timestamp_seconds"
                 "{account=\"shop-a\",role=\"alipay\"}"),
        "4733510400"
    );
    EXPECT_EQ(w.requests("alipaycert.download").size(), 0U);
}

TEST_F(CertificateMode, DownloadsTheNewCertificateOfThePlatform) {
    EXPECT_EQ(redeem("before1"), "succeeded");
    w.change_platforms(certificate_app("next.crt", "next_private.pem"));
    EXPECT_EQ(redeem("after1"), "succeeded");
    EXPECT_EQ(redeem("after2"), "succeeded");
    EXPECT_EQ(w.requests("alipaycert.download").size(), 1U)
        << "the downloaded certificate must be kept";
    EXPECT_THAT(w.gateway->output(), HasSubstr("certificate_learned"));
    EXPECT_EQ(serial_numbers(), 3U) << "both certificates of the platform are shown";
    EXPECT_EQ(w.executed("after1"), 1);
}

TEST_F(CertificateMode, RefusesACertificateOfAForeignChain) {
    w.change_platforms(certificate_app("stranger.crt", "next_private.pem"));
    const auto body = voucher_body("foreign1", "CODE-foreign1");
    const auto open = w.post("foreign", body, {{"Prefer", "wait=1"}});
    EXPECT_EQ(open.status, 202U) << open.body;
    EXPECT_EQ(state_of(open), "pending");
    const auto attempt = redemption_of(open).at("attempts").as_array().at(0);
    EXPECT_EQ(attempt.at("verdict").as_string(), "ambiguous");
    EXPECT_THAT(w.gateway->output(), HasSubstr("no chain to the configured roots"));
    EXPECT_EQ(w.executed("foreign1"), 1)
        << "the platform executed it, but its answer proves nothing";
    EXPECT_EQ(serial_numbers(), 2U);

    w.change_platforms(certificate_app("next.crt", "next_private.pem"));
    EXPECT_EQ(state_of(w.post_until_settled("foreign", body)), "succeeded");
    EXPECT_EQ(w.executed("foreign1"), 1);
}

TEST(ContentEncryption, CoversRequestsAndAnswers) {
    platform_setup setup;
    setup.alipay_account =
        "private_key_file: app_private.pem\n"
        "alipay_public_key_file: alipay_public.pem\n"
        "encrypt_key_file: aes.txt\n";
    setup.alipay_app =
        "app_public_key_file: app_public.pem\n"
        "alipay_private_key_file: alipay_private.pem\n"
        "encrypt_key: AAECAwQFBgcICQoLDA0ODw==\n"
        "encryption_required: true\n";
    protocol_world w(setup);
    w.put("aes.txt", "alipay/keys/aes_key.b64.txt");
    w.start();
    const auto done = w.post("aes", voucher_body("aes1", "券码{1}"));
    EXPECT_EQ(state_of(done), "succeeded") << done.body;
    const auto params = w.requests("stock.use").at(0).at("params").as_object();
    EXPECT_EQ(params.at("encrypt_type").as_string(), "AES");
    EXPECT_EQ(params.at("biz_content").as_string().find('{'), std::string::npos);
    const auto refusal = w.post("aes no", voucher_body("aes2", "EXPIRED-CODE"));
    EXPECT_EQ(refusal.status, 422U);
    EXPECT_THAT(refusal.body, HasSubstr("VOUCHER_HAS_EXPIRED"));
    EXPECT_THAT(refusal.body, HasSubstr("券已过期"));
}

TEST(Charsets, CarryChineseCodesAndRefuseUnmappableCharacters) {
    const struct {
        const char* charset;
        const char* code;     // the last character's GBK bytes end in 0x5C
        const char* lacking;  // empty: the charset has every character
    } rows[] = {
        {"utf-8", "券码🎫誠", ""},
        {"gbk", "券码镕誠", "券🎫"},
        {"gb2312", "券码甲", "券镕"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.charset);
        platform_setup setup;
        setup.alipay_account =
            "private_key_file: app_private.pem\n"
            "alipay_public_key_file: alipay_public.pem\n"
            "charset: " +
            std::string(row.charset) + '\n';
        protocol_world w(setup);
        w.start();
        const auto done = w.post("chinese", voucher_body("zh1", row.code));
        EXPECT_EQ(state_of(done), "succeeded") << done.body;
        EXPECT_EQ(w.executed("zh1"), 1);
        EXPECT_THAT(
            std::string(w.requests("stock.use").at(0).at("params").at("biz_content").as_string()),
            HasSubstr(row.code)
        );
        const auto refusal = w.post("expired", voucher_body("zh2", "EXPIRED-CODE"));
        EXPECT_EQ(refusal.status, 422U);
        EXPECT_THAT(refusal.body, HasSubstr("券已过期"));
        if (std::string(row.lacking).empty()) {
            continue;
        }
        const auto refused = w.post("lacking", voucher_body("zh3", row.lacking));
        EXPECT_EQ(refused.status, 422U) << refused.body;
        EXPECT_EQ(json_of(refused).at("source").as_string(), "caller");
        EXPECT_EQ(w.requests("stock.use").size(), 2U) << "it was sent";
    }
}

TEST(SignTypes, RsaUsesSha1) {
    platform_setup setup;
    setup.alipay_account =
        "private_key_file: small_private.pem\n"
        "alipay_public_key_file: alipay_public.pem\n"
        "sign_type: RSA\n";
    setup.alipay_app =
        "app_public_key_file: small_public.pem\n"
        "alipay_private_key_file: alipay_private.pem\n"
        "sign_type: RSA\n";
    protocol_world w(setup);
    w.put("small_private.pem", "alipay/keys/legacy1024_private_pkcs8.pem");
    w.put("small_public.pem", "alipay/keys/legacy1024_public_spki.pem");
    w.start();
    EXPECT_EQ(w.post("rsa", voucher_body("rsa1")).status, 200U);
    EXPECT_EQ(w.requests("stock.use").at(0).at("params").at("sign_type").as_string(), "RSA");
}

struct layout_row {
    const char* name;
    const char* faults[3];
    const char* first_verdict;
};

// Each row gives the verdict of the first attempt; the next attempt, without the fault, settles the
// redemption.
const layout_row layouts[] = {
    {"sign first and pretty", {R"({"fault":"sign-first"})", R"({"fault":"pretty"})"}, "executed"},
    {"GBK despite a request for UTF-8", {R"({"fault":"gbk-answer"})"}, "executed"},
    {"GBK error despite a request for UTF-8",
     {R"({"fault":"gbk-answer"})",
      R"({"fault":"business-code","code":"40004","sub_code":"SLA_ERROR","sub_msg":"限流誠"})"},
     "not_executed"},
    {"error_response, signed",
     {R"({"fault":"error-response"})",
      R"({"fault":"business-code","code":"40004","sub_code":"SLA_ERROR"})"},
     "not_executed"},
    {"error_response that claims success", {R"({"fault":"error-response"})"}, "ambiguous"},
    {"error_response, unsigned",
     {R"({"fault":"error-response"})",
      R"({"fault":"unsigned-error"})",
      R"({"fault":"business-code","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})"},
     "ambiguous"},
    {"an unsigned refusal",
     {R"({"fault":"unsigned-error"})",
      R"({"fault":"business-code","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})"},
     "ambiguous"},
    {"a signature over other bytes", {R"({"fault":"wrong-signature"})"}, "ambiguous"},
    {"a refusal with a signature over other bytes",
     {R"({"fault":"wrong-signature"})",
      R"({"fault":"business-code","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})"},
     "ambiguous"},
    {"a success without a signature", {R"({"fault":"missing-signature"})"}, "ambiguous"},
    {"another method's node", {R"({"fault":"other-method-node"})"}, "ambiguous"},
    {"raw control characters", {R"({"fault":"raw-control-characters"})"}, "ambiguous"},
    {"no sub_code",
     {R"({"fault":"missing-sub-code"})",
      R"({"fault":"business-code","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED"})"},
     "ambiguous"},
};

TEST(AnswerLayouts, AreTrustedOnlyWithAlipaysSignatureOverTheirBytes) {
    protocol_world w({});
    w.start();
    int number = 0;
    for (const auto& row : layouts) {
        SCOPED_TRACE(row.name);
        for (const char* one : row.faults) {
            if (one) {
                w.fault(one);
            }
        }
        const auto key = "layout" + std::to_string(++number);
        const auto settled = w.post_until_settled(key, voucher_body(key, "CODE-" + key));
        EXPECT_EQ(state_of(settled), "succeeded") << settled.body;
        const auto attempts = redemption_of(settled).at("attempts").as_array();
        EXPECT_EQ(attempts.at(0).at("verdict").as_string(), row.first_verdict) << settled.body;
        EXPECT_EQ(w.executed(key), 1);
        w.clear_faults();
    }
    EXPECT_THAT(w.gateway->output(), Not(HasSubstr("CODE-layout")));
}

}  // namespace
}  // namespace gateway::flow
