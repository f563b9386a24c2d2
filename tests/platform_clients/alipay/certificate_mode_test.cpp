#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "platform_clients/alipay/account.hpp"
#include "platform_clients/alipay/certificate_sn.hpp"
#include "platform_clients/alipay/methods.hpp"
#include "platform_clients/alipay/signed_request.hpp"
#include "tests/platform_clients/alipay/fake_gateway.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"
#include "tests/platform_clients/pinned_time.hpp"
#include "text/base64.hpp"

namespace gateway::alipay {
namespace {

using redemption::attempt_outcome;
using redemption::verdict;
using testing::answered;
using testing::fake_gateway;
using testing::vector_file;
using testing::vector_path;

constexpr std::string_view success_node =
    R"({"code":"10000","msg":"Success","voucher_id":"0156468653835689006788030091"})";
constexpr std::string_view configured_sn = "c1014b8d048c7d46ef66613395e7faf2";

// An account in certificate mode, and a gateway whose answers bear the SN of `signed_with` and
// which hands out `offered` when it is asked for a certificate.
class AlipayCertificateMode : public ::testing::Test {
protected:
    AlipayCertificateMode() {
        config::alipay_settings settings;
        settings.app_id = "2021000000000001";
        settings.private_key_file = vector_path("keys/app_private_pkcs8.pem");
        settings.app_certificate_file = vector_path("cert/appCertPublicKey.crt");
        settings.alipay_certificate_file = vector_path("cert/alipayCertPublicKey_RSA2.crt");
        settings.alipay_root_certificate_file = vector_path("cert/alipayRootCert.crt");
        auto reading = read_credentials(settings, pinned);
        keys = reading.read;
        shop = make_account(
            redemption::account_name("shop-a"), "/gateway.do", keys, {gateway, signers, probe, time}
        );
    }

    net::exchange_outcome answer(const net::http_request& request) {
        if (request.target.find("alipaycert.download") == std::string::npos) {
            const auto body = forged ? vector_file("response/16_wrong_key.body")
                                     : testing::signed_body(success_node);
            return answered(with_sn(body, signed_with));
        }
        ++downloads;
        if (std::exchange(throws, false)) {
            throw std::runtime_error("a fault of the gateway's own");
        }
        if (offered.empty()) {
            return testing::broken(net::send_phase::maybe_sent, boost::asio::error::eof);
        }
        const auto node = R"({"code":"10000","msg":"Success","alipay_cert_content":")" +
                          text::base64_encode(offered) + "\"}";
        return answered(with_sn(
            testing::signed_body(node, "alipay_open_app_alipaycert_download_response"), signed_with
        ));
    }

    static std::string with_sn(std::string body, const std::string& sn) {
        return body.insert(1, "\"alipay_cert_sn\":\"" + sn + "\",");
    }

    void rotate_to(const std::string& name) {
        offered = vector_file("cert/rotation/" + name + ".crt");
        auto blocks = read_armour(offered);
        signed_with =
            certificate_sn(std::get<std::vector<der_block>>(blocks).front().der).value_or("");
    }

    attempt_outcome attempt() { return time.run(shop->attempt(request())); }

    static redemption::attempt_request request() {
        redemption::attempt_request request;
        request.method = methods().front();
        static const redemption::params_text params(R"({"entity_no":"E","out_biz_no":"A1"})");
        request.params = &params;
        request.replay_safe = true;
        request.limit = std::chrono::minutes(1);
        return request;
    }

    // Within the validity of the certificates made for tests.
    static constexpr std::chrono::system_clock::time_point pinned =
        std::chrono::sys_days(std::chrono::March / 1 / 2027);

    platform_clients::testing::pinned_time time{pinned};
    std::string signed_with{configured_sn};
    std::string offered;
    int downloads = 0;
    bool forged = false;
    bool throws = false;  // the next download
    base::worker_pool signers{1, 16};
    testing::remembering_probe probe;
    fake_gateway gateway{[this](const auto& request) {
        return answer(request);
    }};
    credentials_ptr keys;
    std::unique_ptr<account> shop;
};

TEST_F(AlipayCertificateMode, SendsAndSignsBothSerialNumbers) {
    EXPECT_EQ(attempt().verdict, verdict::executed);
    const auto& target = gateway.requests.front().target;
    EXPECT_NE(
        target.find("&app_cert_sn=fecaa038ad922aaf1c102e50976bb8bf"
                    "&alipay_root_cert_sn=9a86fd65a625e2b0eb435a4410885055_"
                    "0023629e0b567d46f6148831132b13a6&"),
        std::string::npos
    ) << target;
    EXPECT_EQ(downloads, 0);
}

TEST_F(AlipayCertificateMode, SignsLikeTheVector) {
    const auto made = make_signed_request(
        *keys,
        "/gateway.do",
        "alipay.marketing.voucher.stock.use",
        redemption::params_text(R"({"entity_no":"E","out_biz_no":"A1"})"),
        std::chrono::sys_days(std::chrono::January / 1 / 2024) + std::chrono::hours(19) +
            std::chrono::seconds(245)
    );
    EXPECT_EQ(
        std::get<signed_request>(made).signed_text.reveal(),
        vector_file("request/rsa2_cert_mode/string_to_sign.txt")
    );
}

TEST_F(AlipayCertificateMode, AnAnswerWithoutASerialNumberIsHeldAgainstTheConfiguredKey) {
    fake_gateway plain([](const auto&) { return answered(testing::signed_body(success_node)); });
    shop = make_account(
        redemption::account_name("shop-a"), "/gateway.do", keys, {plain, signers, probe, time}
    );
    EXPECT_EQ(attempt().verdict, verdict::executed);
}

TEST_F(AlipayCertificateMode, FetchesAnUnknownCertificateOnce) {
    rotate_to("next_leaf");
    EXPECT_EQ(attempt().verdict, verdict::executed);
    EXPECT_EQ(attempt().verdict, verdict::executed);
    EXPECT_EQ(downloads, 1);
    ASSERT_EQ(probe.learned.size(), 1U);
    EXPECT_EQ(probe.learned.front().first, signed_with);
    EXPECT_GT(probe.learned.front().second, pinned);
    const auto& asked = gateway.requests[1];
    EXPECT_NE(asked.target.find("method=alipay.open.app.alipaycert.download"), std::string::npos);
    EXPECT_EQ(asked.body, "biz_content=%7B%22alipay_cert_sn%22%3A%22" + signed_with + "%22%7D");
}

TEST_F(AlipayCertificateMode, AttemptsThatMeetTheSameUnknownCertificateShareOneDownload) {
    using namespace boost::asio::experimental::awaitable_operators;
    rotate_to("next_leaf");
    const auto both = time.run(shop->attempt(request()) && shop->attempt(request()));
    EXPECT_EQ(std::get<0>(both).verdict, verdict::executed);
    EXPECT_EQ(std::get<1>(both).verdict, verdict::executed);
    EXPECT_EQ(downloads, 1);
}

TEST_F(AlipayCertificateMode, WithoutATrustworthyCertificateTheOutcomeIsOpen) {
    for (const auto* name : {"plain_issuer_leaf", "merchant_leaf", "foreign_leaf", "short_leaf"}) {
        SCOPED_TRACE(name);
        rotate_to(name);
        EXPECT_EQ(attempt().verdict, verdict::ambiguous);
        ASSERT_FALSE(probe.not_trusted.empty());
        EXPECT_NE(probe.not_trusted.back().find("no chain"), std::string::npos)
            << probe.not_trusted.back();
    }
    EXPECT_TRUE(probe.learned.empty());
}

TEST_F(AlipayCertificateMode, AFailedLookUpIsNotRepeatedWithEveryAnswer) {
    rotate_to("next_leaf");
    const auto good = std::exchange(offered, "");
    EXPECT_EQ(attempt().verdict, verdict::ambiguous);
    offered = good;
    EXPECT_EQ(attempt().verdict, verdict::ambiguous);
    EXPECT_EQ(downloads, 1);
    // New credentials, new chance.
    shop->replace_credentials(std::make_shared<const credentials>(*keys));
    EXPECT_EQ(attempt().verdict, verdict::executed);
    EXPECT_EQ(downloads, 2);
}

TEST_F(AlipayCertificateMode, ADownloadThatThrowsHoldsUpNoOther) {
    rotate_to("next_leaf");
    throws = true;
    const auto thrown = [](account& by) -> boost::asio::awaitable<bool> {
        try {
            co_await by.attempt(request());
        } catch (const std::runtime_error&) {
            co_return true;
        }
        co_return false;
    };
    EXPECT_TRUE(time.run(thrown(*shop)));
    EXPECT_EQ(attempt().verdict, verdict::executed);
    EXPECT_EQ(downloads, 2);
}

TEST_F(AlipayCertificateMode, ASerialNumberThatIsNoneIsNotAskedFor) {
    for (const auto* sn : {"", "xyz", "C1014B8D048C7D46EF66613395E7FAF3"}) {
        signed_with = sn;
        EXPECT_EQ(attempt().verdict, verdict::ambiguous);
    }
    EXPECT_EQ(downloads, 0);
}

TEST_F(AlipayCertificateMode, TheApplicationsOwnCertificateIsNeverAlipays) {
    offered = vector_file("cert/appCertPublicKey.crt");
    signed_with = "fecaa038ad922aaf1c102e50976bb8bf";
    EXPECT_EQ(attempt().verdict, verdict::ambiguous);
    EXPECT_NE(probe.not_trusted.back().find("the application's own"), std::string::npos);
}

TEST_F(AlipayCertificateMode, ALearnedCertificateStillHasToVerifyTheAnswer) {
    rotate_to("next_leaf");
    EXPECT_EQ(attempt().verdict, verdict::executed);
    forged = true;
    EXPECT_EQ(attempt().verdict, verdict::ambiguous);
    EXPECT_EQ(probe.not_trusted.back(), "the answer's signature is not Alipay's");
    EXPECT_EQ(downloads, 1);
}

}  // namespace
}  // namespace gateway::alipay
