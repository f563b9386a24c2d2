// Tests of the way through an HTTP proxy: the tunnel carries each method, and whatever goes wrong
// before it stands has sent nothing.
#include <gmock/gmock.h>

#include <csignal>

#include "protocol_world.hpp"
#include "tests/support/connect_proxy.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::flow {
namespace {

using support::connect_proxy;
using manner = connect_proxy::manner;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string paused = "redemption_gateway_account_paused{account=\"fliggy\"}";

world_options through(const std::string& proxy) {
    world_options options;
    options.account_extra = "    proxy: " + proxy + "\n";
    return options;
}

// An order number of its own for each `number`.
std::string order(int number) {
    return std::to_string(1753340805138549000 + number);
}

boost::json::object first_attempt(const answer& done) {
    const auto attempts = redemption_of(done).at("attempts").as_array();
    return attempts.empty() ? boost::json::object() : attempts.front().as_object();
}

TEST(Proxy, CarriesEachMethod) {
    const connect_proxy proxy;
    const world w(through(proxy.url()));
    EXPECT_EQ(w.post("voucher", voucher_body("proxy1")).status, 200U);
    EXPECT_EQ(w.post("ticket", ticket_body(order(1))).status, 200U);
    EXPECT_EQ(w.post("codes", eticket_body(order(2))).status, 200U);
    const auto requests = proxy.requests();
    ASSERT_EQ(requests.size(), 2U) << "one tunnel for each account";
    const auto target = "127.0.0.1:" + std::to_string(w.simulator_port);
    EXPECT_EQ(requests.front(), "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
}

TEST(Proxy, CarriesTlsThatEndsAtThePlatform) {
    const connect_proxy proxy;
    const support::test_ca ca{"platforms"};
    const auto certificate = ca.issue("IP:127.0.0.1");
    platform_setup setup;
    setup.tls =
        "certificate_file: good.pem\nprivate_key_file: good.key\n"
        "wrong_certificate_file: good.pem\nwrong_private_key_file: good.key\n";
    setup.alipay_account =
        "private_key_file: app_private.pem\nalipay_public_key_file: alipay_public.pem\n"
        "ca_file: ca.pem\nproxy: { url: \"" +
        proxy.url() + "/\" }\n";
    protocol_world w(setup);
    w.write("ca.pem", ca.certificate());
    w.write("good.pem", certificate.certificate);
    w.write("good.key", certificate.key);
    w.start();
    EXPECT_EQ(w.post("voucher", voucher_body("proxy2")).status, 200U);
    EXPECT_EQ(proxy.requests().size(), 1U);
}

// A one-shot write-off shows it best: had a byte gone out, it would be unknown.
TEST(Proxy, WhatFailsBeforeTheTunnelStandsHasSentNothing) {
    constexpr std::pair<manner, const char*> failures[] = {
        {manner::refuses, "answered with status 403"},
        {manner::finds_no_way, "answered with status 502"},
        {manner::hangs, "gave no answer"},
        {manner::resets, "gave no answer"},
        {manner::speaks_garbage, "does not answer as an HTTP proxy"},
    };
    connect_proxy proxy;
    auto options = through(proxy.url());
    options.account_extra += "    breaker: { faults: 1000 }\n";
    world w(options);
    int number = 10;
    for (const auto& [how, words] : failures) {
        SCOPED_TRACE(words);
        // The tunnel of the case before is gone with the gateway.
        w.stop_gateway();
        w.start_gateway();
        proxy.behave(how);
        const auto before = proxy.requests().size();
        const auto body = ticket_body(order(++number));
        const auto key = "proxy " + std::to_string(number);
        EXPECT_EQ(w.post(key, body, {{"Prefer", "respond-async"}}).status, 202U);
        EXPECT_TRUE(eventually([&] { return proxy.requests().size() > before; }));
        proxy.behave(manner::works);
        const auto done = w.post_until_settled(key, body);
        EXPECT_EQ(state_of(done), "succeeded") << done.body;
        EXPECT_EQ(w.executed(order(number)), 1);
        const auto attempt = first_attempt(done);
        EXPECT_EQ(attempt.at("phase").as_string(), "not_sent");
        EXPECT_EQ(attempt.at("verdict").as_string(), "not_executed");
        const auto said = std::string(attempt.at("detail").as_string());
        EXPECT_THAT(said, HasSubstr("the proxy 127.0.0.1:" + std::to_string(proxy.port())));
        EXPECT_THAT(said, HasSubstr(words));
    }
}

TEST(Proxy, WhatFailsInsideTheTunnelMayHaveBeenSent) {
    const connect_proxy proxy(manner::resets_the_tunnel);
    const world w(through(proxy.url()));
    const auto done = w.post_until_settled("inside", ticket_body(order(20)));
    EXPECT_EQ(state_of(done), "unknown") << done.body;
    EXPECT_EQ(first_attempt(done).at("phase").as_string(), "maybe_sent");
}

TEST(Proxy, RefusedCredentialsPauseTheAccountUntilTheFileChanges) {
    connect_proxy proxy(manner::wants_credentials);
    proxy.accept_credentials("Basic Z2F0ZXdheTpyaWdodC1wYXNzd29yZA==");
    platform_setup setup;
    setup.taobao_account = "app_secret_file: secret\nproxy: { url: \"" + proxy.url() +
                           "\", credentials_file: proxy_user }\n";
    protocol_world w(setup);
    w.write("proxy_user", "gateway:wrong-password\n");
    w.start();
    const auto body = ticket_body(order(30));
    EXPECT_EQ(w.post("denied", body, {{"Prefer", "respond-async"}}).status, 202U);
    EXPECT_TRUE(eventually([&] { return w.metric(paused) == "1"; }));
    EXPECT_EQ(proxy.requests().size(), 1U);

    w.write("proxy_user", "gateway:right-password\n");
    w.gateway->signal(SIGHUP);
    const auto done = w.post_until_settled("denied", body);
    EXPECT_EQ(state_of(done), "succeeded") << done.body;
    EXPECT_EQ(w.executed(order(30)), 1);
    EXPECT_EQ(w.metric(paused), "0");
    EXPECT_EQ(first_attempt(done).at("phase").as_string(), "not_sent");
    const auto log = w.gateway->output();
    for (const char* const secret : {"right-password", "wrong-password", "Z2F0ZXdheTpy"}) {
        EXPECT_THAT(log + done.body, Not(HasSubstr(secret)));
    }
}

TEST(Proxy, IsShownByCheckConfigWithTheFaultsOfItsFile) {
    platform_setup setup;
    setup.taobao_account =
        "app_secret_file: secret\n"
        "proxy: { url: \"http://egress.example:3128\", credentials_file: proxy_user }\n";
    const protocol_world w(setup);
    w.write("proxy_user", "gateway:pa:ss\n");
    const auto [well, status] = w.check_config();
    EXPECT_EQ(status, 0) << well;
    EXPECT_THAT(well, HasSubstr("account fliggy: through the proxy egress.example, port 3128\n"));
    w.write("proxy_user", "no-password\n");
    const auto [faulty, failed] = w.check_config();
    EXPECT_NE(failed, 0);
    EXPECT_THAT(faulty, HasSubstr("account fliggy: FAULT proxy.credentials_file: "));
    EXPECT_THAT(faulty, Not(HasSubstr("no-password")));
}

TEST(Proxy, OfTheEnvironmentIsNotUsedButSaid) {
    world_options options;
    options.start_gateway_now = false;
    world w(options);
    w.gateway_runner = {"/usr/bin/env", "HTTPS_PROXY=http://user:pa55word@127.0.0.1:9"};
    w.start_gateway();
    EXPECT_EQ(w.post("direct", voucher_body("proxy3")).status, 200U);
    const auto log = w.gateway->output();
    EXPECT_THAT(log, HasSubstr("HTTPS_PROXY is set in the environment but not used"));
    EXPECT_THAT(log, Not(HasSubstr("pa55word")));
}

}  // namespace
}  // namespace gateway::flow
