// The API over TLS: who comes in and as whom, certificates that change, and those who never finish
// a handshake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>
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
    options.server_extra = "  header_timeout: 4s\n";
    options.gateway_extra = callers;
    options.gateway_at_once = false;
    return options;
}

class EdgeTls : public testing::Test {
protected:
    EdgeTls() {
        write("clients.pem", clients.certificate());
        show(ca.issue("DNS:gateway.test"));
        w.start_gateway();
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(w.folder / name, std::ios::trunc) << content;
    }
    void show(const certificate_pem& own) const {
        write("api.pem", own.certificate);
        write("api.key", own.key);
    }
    tls_manners trusting(const test_ca& whom) const { return {whom.certificate(), {}, {}}; }
    tls_manners as(const certificate_pem& own) const {
        return {ca.certificate(), own.certificate, own.key};
    }
    static unsigned accounts(
        std::uint16_t port, const tls_manners& how, const std::string& token = {}
    ) {
        std::map<std::string, std::string> headers;
        if (!token.empty()) {
            headers.emplace("Authorization", "Bearer " + token);
        }
        return tls_connection(port, how).call("GET", "/v1/accounts", headers).status;
    }
    std::string metric(const std::string& series) const {
        const auto text = '\n' + w.admin("/metrics").body;
        const auto at = text.find('\n' + series + ' ');
        if (at == std::string::npos) {
            return "";
        }
        const auto begin = at + series.size() + 2;
        return text.substr(begin, text.find('\n', begin) - begin);
    }

    test_ca ca{"the gateway's CA"};
    test_ca clients{"the clients' CA"};
    world w{with_tls()};
};

TEST_F(EdgeTls, KnowsCallersByTokenCertificateOrBoth) {
    const auto ops = clients.issue("DNS:ops.test");
    const auto both = clients.issue("DNS:both.test");
    const auto stranger = clients.issue("DNS:stranger.test");
    const auto forged = test_ca("nobody's CA").issue("DNS:ops.test");
    struct row {
        const char* name;
        tls_manners how;
        const char* token;
        unsigned status;
    };
    const row rows[] = {
        {"nothing", trusting(ca), "", 401},
        {"a token", trusting(ca), "pos-token", 200},
        {"a wrong token", trusting(ca), "nobody's", 401},
        {"a certificate", as(ops), "", 200},
        {"a certificate of nobody", as(stranger), "", 401},
        {"a token over somebody's certificate", as(ops), "pos-token", 200},
        {"both", as(both), "both-token", 200},
        {"one of both", as(both), "", 401},
        {"the other of both", trusting(ca), "both-token", 401},
        {"a certificate of another CA", as(forged), "pos-token", 0},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(accounts(w.api_port, row.how, row.token), row.status);
    }
}

TEST_F(EdgeTls, ACallerIsItselfWhicheverWayItComesIn) {
    const auto ops = clients.issue("DNS:ops.test");
    tls_connection pos(w.api_port, trusting(ca));
    const std::map<std::string, std::string> headers{
        {"Authorization", "Bearer pos-token"},
        {"Content-Type", "application/json"},
        {"Idempotency-Key", "tls"}
    };
    const auto done = pos.call("POST", "/v1/redemptions", headers, voucher_body("tls1"));
    ASSERT_EQ(done.status, 200U) << done.body;
    // Over the same connection, which keeps alive.
    EXPECT_EQ(pos.call("POST", "/v1/redemptions", headers, voucher_body("tls1")).status, 200U);
    EXPECT_EQ(w.executed("tls1"), 1);
    tls_connection operating(w.api_port, as(ops));
    EXPECT_EQ(operating.call("POST", "/v1/redemptions", headers, voucher_body("tls1")).status, 200U)
        << "its token makes it pos";
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

TEST_F(EdgeTls, TakesUpAChangedCertificateAndKeepsTheOldOneWhenTheNewIsBad) {
    const std::string stale = "redemption_gateway_listener_keys_stale{listener=\"api\"}";
    const std::string refused =
        "redemption_gateway_listener_key_changes_total{listener=\"api\",result=\"refused\"}";
    EXPECT_EQ(metric(stale), "0");
    tls_connection old(w.api_port, trusting(ca));
    const std::map<std::string, std::string> token{{"Authorization", "Bearer pos-token"}};
    EXPECT_EQ(old.call("GET", "/v1/accounts", token).status, 200U);

    const test_ca next("the next CA");
    const auto fresh = next.issue("DNS:gateway.test");
    show({fresh.certificate, clients.issue("DNS:gateway.test").key});
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("certificate_refused[^\n]*does not belong to the certificate"));
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 200U);
    EXPECT_EQ(metric(stale), "1");
    EXPECT_EQ(metric(refused), "1");

    show(fresh);
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("certificate_changed"));
    EXPECT_EQ(accounts(w.api_port, trusting(next), "pos-token"), 200U);
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 0U);
    EXPECT_EQ(old.call("GET", "/v1/accounts", token).status, 200U)
        << "a connection keeps what it began with";
    EXPECT_EQ(metric(stale), "0");

    // A client CA that is replaced lets nobody of the old one in, nor stay.
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

TEST_F(EdgeTls, UnfinishedHandshakesHoldUpNobody) {
    namespace asio = boost::asio;
    using asio::ip::tcp;
    asio::io_context loop;
    std::vector<tcp::socket> crowd;
    const std::string begun("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    for (int i = 0; i < 600; ++i) {
        auto& one = crowd.emplace_back(loop);
        one.connect({asio::ip::address_v4::loopback(), w.api_port});
        if (i % 3 == 1) {
            asio::write(one, asio::buffer(begun));
        } else if (i % 3 == 2) {
            asio::write(one, asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
        }
    }
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(accounts(w.api_port, trusting(ca), "pos-token"), 200U);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(3500));
    // Each is closed when its time is up.
    for (auto& one : crowd) {
        char byte = 0;
        boost::system::error_code error;
        while (!error) {
            one.read_some(asio::buffer(&byte, 1), error);
        }
    }
    const std::string failures =
        "redemption_gateway_http_tls_handshake_failures_total{listener=\"api\"}";
    EXPECT_TRUE(eventually([&] { return metric(failures) == "600"; })) << metric(failures);
}

TEST(EdgeTlsStart, IsRefusedWithACertificateThatDoesNotFit) {
    auto options = with_tls();
    options.admin_tls = "certificate_file: api.pem, private_key_file: nowhere.key";
    world w(options);
    const test_ca ca("a CA");
    std::ofstream(w.folder / "clients.pem") << "rubbish";
    std::ofstream(w.folder / "api.pem") << ca.issue("DNS:gateway.test").certificate;
    std::ofstream(w.folder / "api.key") << ca.issue("DNS:gateway.test").key;
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"--config", (w.folder / "gateway.yaml").string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        child_process program(
            std::string(GATEWAY_BIN_DIR) + "/redemption-gateway",
            arguments,
            {{"SIMULATOR_PORT", std::to_string(w.simulator_port)}}
        );
        EXPECT_NE(program.wait_exit(), 0);
        return program.output();
    };
    EXPECT_THAT(run({}), HasSubstr("server.api.tls: private_key_file: the key does not belong"));
    const auto checked = run({"--check-config"});
    EXPECT_THAT(checked, HasSubstr("listener api: FAULT private_key_file: the key does not"));
    EXPECT_THAT(checked, HasSubstr("listener admin: FAULT private_key_file: "));
}

TEST(EdgeTlsAdmin, InsistsOnACertificateWhereItIsAskedFor) {
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
