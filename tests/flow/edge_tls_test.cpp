// Tests of the API over TLS: authentication of callers, changed certificates, and handshakes that
// never finish.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <fstream>

#include "protocol_world.hpp"
#include "tests/support/test_certificates.hpp"
#include "tls_call.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

using support::certificate_pem;
using support::test_ca;
using ::testing::HasSubstr;

// SHA-256 of "pos-token" and "both-token".
const std::string callers =
    "callers:\n"
    "  - { name: pos, roles: [redeem, read],\n"
    "      token_sha256: 744ae1aa6bd53faa387e2f9489bfa9d881698e9674f4f67d079edc8f7a7c2285 }\n"
    "  - { name: ops, certificate_name: ops.test, roles: [operator, read] }\n"
    "  - { name: both, certificate_name: both.test, roles: [read],\n"
    "      token_sha256: 7b723e85828bb4432e6452501b6758d57b8c9cb1b60a75dbfc498cce52f811e0 }\n";

world_options with_tls() {
    world_options options;
    options.api_tls =
        "certificate_file: api.pem, private_key_file: api.key, client_ca_file: clients.pem";
    options.server_extra = "  header_timeout: 8s\n";
    options.gateway_extra = callers;
    options.start_gateway_now = false;
    return options;
}

class EdgeTls : public testing::Test {
protected:
    EdgeTls() {
        write("clients.pem", clients.certificate());
        install(ca.issue("DNS:gateway.test"));
        w.start_gateway();
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(w.folder / name, std::ios::trunc) << content;
    }
    void install(const certificate_pem& own) const {
        write("api.pem", own.certificate);
        write("api.key", own.key);
    }
    tls_client_options trusting(const test_ca& trusted) const {
        return {trusted.certificate(), {}, {}};
    }
    tls_client_options as(const certificate_pem& own) const {
        return {ca.certificate(), own.certificate, own.key};
    }
    static unsigned accounts(
        std::uint16_t port, const tls_client_options& options, const std::string& token = {}
    ) {
        std::map<std::string, std::string> headers;
        if (!token.empty()) {
            headers.emplace("Authorization", "Bearer " + token);
        }
        return tls_connection(port, options).call("GET", "/v1/accounts", headers).status;
    }

    test_ca ca{"the gateway's CA"};
    test_ca clients{"the clients' CA"};
    world w{with_tls()};
};

TEST_F(EdgeTls, IdentifiesCallersByTokenCertificateOrBoth) {
    const auto ops = clients.issue("DNS:ops.test");
    const auto both = clients.issue("DNS:both.test");
    const auto stranger = clients.issue("DNS:stranger.test");
    const auto forged = test_ca("nobody's CA").issue("DNS:ops.test");
    struct row {
        const char* name;
        tls_client_options options;
        const char* token;
        unsigned status;
    };
    const row rows[] = {
        {"nothing", trusting(ca), "", 401},
        {"a token", trusting(ca), "pos-token", 200},
        {"a wrong token", trusting(ca), "nobody's", 401},
        {"a certificate", as(ops), "", 200},
        {"a certificate of no caller", as(stranger), "", 401},
        {"a token with another caller's certificate", as(ops), "pos-token", 200},
        {"both", as(both), "both-token", 200},
        {"one of both", as(both), "", 401},
        {"the other of both", trusting(ca), "both-token", 401},
        {"a certificate of another CA", as(forged), "pos-token", 0},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(accounts(w.api_port, row.options, row.token), row.status);
    }
}

TEST_F(EdgeTls, ATokenTakesPrecedenceOverACertificate) {
    const auto ops = clients.issue("DNS:ops.test");
    tls_connection pos(w.api_port, trusting(ca));
    const std::map<std::string, std::string> headers{
        {"Authorization", "Bearer pos-token"},
        {"Content-Type", "application/json"},
        {"Idempotency-Key", "tls"}
    };
    const auto done = pos.call("POST", "/v1/redemptions", headers, voucher_body("tls1"));
    ASSERT_EQ(done.status, 200U) << done.body;
    // The next request uses the same kept-alive connection.
    EXPECT_EQ(pos.call("POST", "/v1/redemptions", headers, voucher_body("tls1")).status, 200U);
    EXPECT_EQ(w.executed("tls1"), 1);
    tls_connection operating(w.api_port, as(ops));
    EXPECT_EQ(operating.call("POST", "/v1/redemptions", headers, voucher_body("tls1")).status, 200U)
        << "its token identifies it as pos";
    EXPECT_EQ(
        operating.call("POST", "/v1/redemptions", {{"Content-Type", "application/json"}}).status,
        403U
    ) << "an operator may not redeem";
    const auto seen = operating.call("GET", "/v1/redemptions");
    EXPECT_EQ(json_of(seen).at("redemptions").as_array().size(), 1U) << seen.body;
}

TEST_F(EdgeTls, PlainTextGetsNoAnswer) {
    EXPECT_EQ(
        raw_exchange(w.api_port, "GET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP"),
        std::string::npos
    );
}

TEST_F(EdgeTls, ReloadsAChangedCertificateUnlessItIsInvalid) {
    const std::string stale = "redemption_gateway_listener_keys_stale{listener=\"api\"}";
    const std::string refused =
        "redemption_gateway_listener_key_changes_total{listener=\"api\",result=\"refused\"}";
    EXPECT_EQ(w.metric(stale), "0");
    tls_connection old(w.api_port, trusting(ca));
    const std::map<std::string, std::string> token{{"Authorization", "Bearer pos-token"}};
    EXPECT_EQ(old.call("GET", "/v1/accounts", token).status, 200U);

    const test_ca next("the next CA");
    const auto fresh = next.issue("DNS:gateway.test");
    install({fresh.certificate, clients.issue("DNS:gateway.test").key});
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("certificate_refused[^\n]*does not belong to the certificate"));
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 200U);
    EXPECT_EQ(w.metric(stale), "1");
    EXPECT_EQ(w.metric(refused), "1");

    install(fresh);
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("certificate_changed"));
    EXPECT_EQ(accounts(w.api_port, trusting(next), "pos-token"), 200U);
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 0U);
    EXPECT_EQ(old.call("GET", "/v1/accounts", token).status, 200U)
        << "an open connection keeps its certificate";
    EXPECT_EQ(w.metric(stale), "0");

    // A replaced client CA ends the connections that the old one admitted, and admits no new ones.
    const auto before = clients.issue("DNS:ops.test");
    tls_connection staying(w.api_port, {next.certificate(), before.certificate, before.key});
    EXPECT_EQ(staying.call("GET", "/v1/accounts").status, 200U);
    const test_ca other("other clients' CA");
    write("clients.pem", other.certificate());
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("certificate_changed[^]*certificate_changed"));
    EXPECT_EQ(staying.call("GET", "/v1/accounts").status, 0U);
    const auto now = other.issue("DNS:ops.test");
    EXPECT_EQ(accounts(w.api_port, {next.certificate(), before.certificate, before.key}), 0U);
    EXPECT_EQ(accounts(w.api_port, {next.certificate(), now.certificate, now.key}), 200U);
}

TEST_F(EdgeTls, UnfinishedHandshakesDelayNoOtherConnection) {
    namespace asio = boost::asio;
    using asio::ip::tcp;
    asio::io_context loop;
    std::vector<tcp::socket> unfinished;
    const std::string begun("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    for (int i = 0; i < 600; ++i) {
        auto& one = unfinished.emplace_back(loop);
        one.connect({asio::ip::address_v4::loopback(), w.api_port});
        if (i % 3 == 1) {
            asio::write(one, asio::buffer(begun));
        } else if (i % 3 == 2) {
            asio::write(one, asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
        }
    }
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 200U);
    char unread = 0;
    boost::system::error_code still_open;
    auto& silent = unfinished[597];
    silent.non_blocking(true);
    silent.read_some(asio::buffer(&unread, 1), still_open);
    silent.non_blocking(false);
    EXPECT_EQ(still_open, asio::error::would_block) << "the answer waited for the handshakes";
    // header_timeout closes each of them.
    for (auto& one : unfinished) {
        char byte = 0;
        boost::system::error_code error;
        while (!error) {
            one.read_some(asio::buffer(&byte, 1), error);
        }
    }
    const std::string failures =
        "redemption_gateway_http_tls_handshake_failures_total{listener=\"api\"}";
    EXPECT_TRUE(eventually([&] { return w.metric(failures) == "600"; })) << w.metric(failures);
}

TEST(EdgeTlsStart, FailsWithACertificateOfAnotherKey) {
    auto options = with_tls();
    options.admin_tls = "certificate_file: api.pem, private_key_file: nowhere.key";
    world w(options);
    const test_ca ca("a CA");
    std::ofstream(w.folder / "clients.pem") << "rubbish";
    std::ofstream(w.folder / "api.pem") << ca.issue("DNS:gateway.test").certificate;
    std::ofstream(w.folder / "api.key") << ca.issue("DNS:gateway.test").key;
    const auto run = [&](const std::vector<std::string>& arguments) {
        const auto [output, status] = w.run_gateway("gateway.yaml", arguments);
        EXPECT_NE(status, 0);
        return output;
    };
    EXPECT_THAT(run({}), HasSubstr("server.api.tls: private_key_file: the key does not belong"));
    const auto checked = run({"--check-config"});
    EXPECT_THAT(checked, HasSubstr("listener api: FAULT private_key_file: the key does not"));
    EXPECT_THAT(checked, HasSubstr("listener admin: FAULT private_key_file: "));
}

TEST(EdgeTlsAdmin, RequiresTheConfiguredClientCertificate) {
    auto options = with_tls();
    options.admin_tls =
        "certificate_file: api.pem, private_key_file: api.key, client_ca_file: clients.pem";
    world w(options);
    const test_ca ca("the gateway's CA");
    const test_ca clients("the clients' CA");
    const auto own = ca.issue("DNS:gateway.test");
    std::ofstream(w.folder / "clients.pem") << clients.certificate();
    std::ofstream(w.folder / "api.pem") << own.certificate;
    std::ofstream(w.folder / "api.key") << own.key;
    w.start_gateway();
    const auto scraper = clients.issue("DNS:prometheus.test");
    tls_connection known(w.admin_port, {ca.certificate(), scraper.certificate, scraper.key});
    EXPECT_EQ(known.call("GET", "/metrics").status, 200U);
    tls_connection unknown(w.admin_port, {ca.certificate(), {}, {}});
    EXPECT_EQ(unknown.call("GET", "/metrics").status, 0U);
}

}  // namespace
}  // namespace gateway::flow
