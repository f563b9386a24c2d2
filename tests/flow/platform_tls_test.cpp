// Tests of TLS to the platforms: the gateway sends nothing of a redemption before it has verified
// the platform's certificate.
#include <gmock/gmock.h>

#include <csignal>
#include <tuple>

#include "protocol_world.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::flow {
namespace {

using ::testing::HasSubstr;

class PlatformTls : public ::testing::Test {
protected:
    PlatformTls() : w(setup()) {
        const auto good = ca.issue("IP:127.0.0.1");
        const auto wrong = ca.issue("DNS:elsewhere.example");
        w.write("ca.pem", ca.certificate());
        w.write("good.pem", good.certificate);
        w.write("good.key", good.key);
        w.write("wrong.pem", wrong.certificate);
        w.write("wrong.key", wrong.key);
        w.start();
    }

    static platform_setup setup() {
        platform_setup setup;
        setup.tls =
            "certificate_file: good.pem\n"
            "private_key_file: good.key\n"
            "wrong_certificate_file: wrong.pem\n"
            "wrong_private_key_file: wrong.key\n";
        setup.alipay_account =
            "private_key_file: app_private.pem\n"
            "alipay_public_key_file: alipay_public.pem\n"
            "ca_file: ca.pem\n";
        setup.taobao_account =
            "app_secret_file: secret\n"
            "session_file: session\n"
            "ca_file: ca.pem\n";
        return setup;
    }

    const support::test_ca ca{"platforms"};
    protocol_world w;
};

TEST_F(PlatformTls, CarriesEachMethod) {
    EXPECT_EQ(w.post("voucher", voucher_body("tls1")).status, 200U);
    EXPECT_EQ(w.post("ticket", ticket_body("1753340805138548001")).status, 200U);
    EXPECT_EQ(w.post("codes", eticket_body("1753340805138548002")).status, 200U);
}

TEST_F(PlatformTls, AWrongCertificateMeansNotSent) {
    const std::pair<std::string, std::string> bodies[] = {
        {"tls2", voucher_body("tls2")},
        {"1753340805138548003", ticket_body("1753340805138548003")},
    };
    for (const auto& [natural, body] : bodies) {
        SCOPED_TRACE(natural);
        w.fault(R"({"fault":"wrong-certificate"})");
        const auto done = w.post_until_settled(natural, body);
        EXPECT_EQ(state_of(done), "succeeded") << done.body;
        const auto attempts = redemption_of(done).at("attempts").as_array();
        ASSERT_EQ(attempts.size(), 2U);
        EXPECT_EQ(attempts[0].at("phase").as_string(), "not_sent");
        EXPECT_EQ(attempts[0].at("verdict").as_string(), "not_executed");
        EXPECT_THAT(
            std::string(attempts[0].at("detail").as_string()), HasSubstr("IP address mismatch")
        );
        EXPECT_EQ(w.executed(natural), 1);
    }
}

TEST_F(PlatformTls, ReloadsAChangedCaFileUnlessItIsInvalid) {
    const std::string stale = "redemption_gateway_keys_stale{account=\"shop-a\"}";
    w.write("ca.pem", "no certificate");
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_refused[^\n]*ca_file: [^\n]*ca.pem"));
    EXPECT_EQ(w.metric(stale), "1");
    EXPECT_EQ(w.post("old", voucher_body("ca1", "CODE-CA1")).status, 200U);

    const support::test_ca other("others");
    w.write("ca.pem", other.certificate());
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_changed[^\n]*fliggy"));
    EXPECT_EQ(w.metric(stale), "0");
    const auto body = voucher_body("ca2", "CODE-CA2");
    const auto open = w.post("strange", body, {{"Prefer", "wait=1"}});
    EXPECT_EQ(open.status, 202U) << open.body;
    EXPECT_THAT(open.body, HasSubstr("unable to get local issuer certificate"));

    w.write("ca.pem", other.certificate() + ca.certificate());
    w.gateway->signal(SIGHUP);
    const auto done = w.post_until_settled("strange", body);
    EXPECT_EQ(state_of(done), "succeeded") << done.body;
    EXPECT_EQ(w.executed("ca2"), 1);
}

TEST_F(PlatformTls, CheckConfigReportsAnUnreadableCaFile) {
    auto [printed, status] = w.check_config();
    EXPECT_EQ(status, 0) << printed;
    EXPECT_THAT(printed, HasSubstr("account fliggy: ca_file: certificates 1"));
    std::filesystem::remove(w.folder / "ca.pem");
    std::tie(printed, status) = w.check_config();
    EXPECT_EQ(status, 2);
    EXPECT_THAT(printed, HasSubstr("account shop-a: FAULT ca_file: "));
    EXPECT_THAT(printed, HasSubstr("account fliggy: FAULT ca_file: "));
}

}  // namespace
}  // namespace gateway::flow
