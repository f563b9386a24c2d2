#include "net/proxy_tunnel.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <string>
#include <vector>

#include "tests/net/loopback.hpp"
#include "tests/net/tls_far_end.hpp"
#include "tests/support/connect_proxy.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

// The way to a platform through an HTTP proxy: the proxy's answer alone, and clients behind a real
// proxy.

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using support::connect_proxy;
using manner = connect_proxy::manner;

struct asked {
    tunnel_result result;
    std::string written;
};

asked ask(std::vector<std::string> answer, std::string credentials = {}) {
    support::wire_script script;
    script.reads = std::move(answer);
    support::scripted_stream stream(script);
    asked out;
    out.result = support::run_coro([&](asio::any_io_executor) {
        return open_tunnel(stream, "eco.test:443", base::secret_text(std::string(credentials)));
    });
    out.written = stream.written();
    return out;
}

struct answer_row {
    const char* name;
    std::string raw;
    unsigned status;    // of a complete answer
    const char* fault;  // part of the detail; empty: the tunnel stands
};

const answer_row answers[] = {
    {"established", "HTTP/1.1 200 Connection established\r\n\r\n", 200, ""},
    {"old proxy", "HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n", 200, ""},
    {"another success", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
    {"lengths mean nothing", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, ""},
    {"interim answer", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, ""},
    {"lone line feeds", "HTTP/1.1 200\n\n", 200, ""},
    {"refused", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, "status 403"},
    {"credentials", "HTTP/1.1 407 x\r\n\r\n", 407, "status 407"},
    {"redirect", "HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n", 302, "status 302"},
    {"no way", "HTTP/1.1 502 Bad Gateway\r\n\r\n", 502, "status 502"},
    {"another protocol", "SSH-2.0-OpenSSH_9\r\n", 0, "not answer as an HTTP proxy"},
    {"cut", "HTTP/1.1 200 OK\r\n", 0, "closed the connection"},
    {"silence", "", 0, "closed the connection"},
};

TEST(ProxyTunnel, StandsOrNamesWhatIsWrong) {
    for (const answer_row& row : answers) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{9}, std::size_t{10'000}}) {
            SCOPED_TRACE(std::string(row.name) + " in pieces of " + std::to_string(piece));
            const auto got = ask(support::pieces(row.raw, piece)).result;
            EXPECT_EQ(!got.error, std::string(row.fault).empty()) << got.detail;
            EXPECT_NE(got.detail.find(row.fault), std::string::npos) << got.detail;
            EXPECT_EQ(got.status, row.status);
        }
    }
}

TEST(ProxyTunnel, DoesNotStandWithBytesThatNobodyAskedFor) {
    const auto got = ask({"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}).result;
    EXPECT_TRUE(got.error);
    EXPECT_NE(got.detail.find("more than an answer"), std::string::npos) << got.detail;
}

TEST(ProxyTunnel, ReadsABoundedHead) {
    const std::string field = "A: " + std::string(1000, 'a') + "\r\n";
    std::vector<std::string> endless = {"HTTP/1.1 200 OK\r\n"};
    endless.resize(200, field);
    const auto got = ask(endless).result;
    EXPECT_TRUE(got.error);
    EXPECT_NE(got.detail.find("too long"), std::string::npos) << got.detail;
    std::vector<std::string> interim(100, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_NE(ask(interim).result.detail.find("interim"), std::string::npos);
}

TEST(ProxyTunnel, AsksWithTheTargetAndTheCredentials) {
    EXPECT_EQ(
        ask({"HTTP/1.1 200 OK\r\n\r\n"}).written,
        "CONNECT eco.test:443 HTTP/1.1\r\nHost: eco.test:443\r\n\r\n"
    );
    // RFC 7617 §2.
    EXPECT_EQ(
        ask({"HTTP/1.1 200 OK\r\n\r\n"}, "Aladdin:open sesame").written,
        "CONNECT eco.test:443 HTTP/1.1\r\nHost: eco.test:443\r\n"
        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    );
}

// Knows the proxy's name only.
class proxy_resolver final : public resolver_cache {
public:
    std::vector<std::string> asked;
    asio::awaitable<resolve_result> resolve(
        const std::string& host, std::uint16_t port, steady_time
    ) override {
        asked.push_back(host);
        resolve_result result;
        if (host == "proxy.test") {
            for (const char* const address : {"127.0.0.9", "127.0.0.1"}) {
                result.endpoints.emplace_back(asio::ip::make_address(address), port);
            }
        } else {
            result.error = asio::error::host_not_found;
        }
        co_return result;
    }
};

struct proxied_client {
    proxied_client(
        asio::any_io_executor loop, origin where, std::uint16_t proxy_port, std::string ca_file = {}
    ) {
        client_settings settings;
        settings.connect_timeout = 300ms;
        settings.ca_file = std::move(ca_file);
        settings.proxy = proxy_address{"proxy.test", proxy_port, {}};
        client = make_http_client(std::move(loop), resolver, std::move(where), settings);
    }

    asio::awaitable<exchange_outcome> send(std::string body) {
        http_request request;
        request.method = "POST";
        request.body = std::move(body);
        exchange_outcome outcome = co_await client->exchange(request, {});
        co_return outcome;
    }

    proxy_resolver resolver;
    std::unique_ptr<http_client> client;
};

// The gateway's network knows no public names: the proxy is looked up, the platform is not.
TEST(ProxiedClient, KeepsItsTunnelAndLooksUpTheProxyOnly) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        loopback_server server(loop, echo);
        connect_proxy proxy;
        proxied_client client(loop, {false, "platform.test", server.port(), "/"}, proxy.port());
        for (const std::string body : {"one", "two", "three"}) {
            const auto outcome = co_await client.send(body);
            EXPECT_EQ(outcome.response.body, body) << outcome.detail;
        }
        EXPECT_EQ(client.resolver.asked, std::vector<std::string>{"proxy.test"});
        EXPECT_EQ(proxy.requests().size(), 1U);
        EXPECT_EQ(server.connections(), 1);
        client.client->close_idle();
        co_await server.stop();
    });
}

TEST(ProxiedClient, VerifiesThePlatformsNameInsideTheTunnel) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const support::test_ca ca("a CA");
        const support::temporary_file ca_file(ca.certificate());
        tls_server server(loop, ca.issue("DNS:server.test"));
        server.start();
        connect_proxy proxy;
        proxied_client good(
            loop, {true, "server.test", server.port(), "/"}, proxy.port(), ca_file.path()
        );
        const auto outcome = co_await good.send("x");
        EXPECT_EQ(outcome.response.body, "secret") << outcome.detail;
        EXPECT_EQ(server.asked_name(), "server.test");

        proxied_client other(
            loop, {true, "elsewhere.test", server.port(), "/"}, proxy.port(), ca_file.path()
        );
        const auto refused = co_await other.send("x");
        EXPECT_EQ(refused.phase, send_phase::not_sent);
        EXPECT_NE(refused.detail.find("through the proxy proxy.test"), std::string::npos);
        EXPECT_NE(refused.detail.find("hostname mismatch"), std::string::npos) << refused.detail;
        co_await server.stop();
    });
}

struct failure_row {
    manner how;
    const char* detail;
    bool denied = false;
};

constexpr failure_row failures[] = {
    {manner::refuses, "answered with status 403"},
    {manner::wants_credentials, "answered with status 407", true},
    {manner::finds_no_way, "answered with status 502"},
    {manner::hangs, "gave no answer"},
    {manner::resets, "gave no answer"},
    {manner::closes, "closed the connection"},
    {manner::speaks_garbage, "not answer as an HTTP proxy"},
    {manner::speaks_for_target, "more than an answer"},
    {manner::answers_without_end, "too long a head"},
};

TEST(ProxiedClient, HasSentNothingUnlessTheTunnelStands) {
    for (const failure_row& row : failures) {
        SCOPED_TRACE(row.detail);
        support::run_coro([&row](asio::any_io_executor loop) -> asio::awaitable<void> {
            loopback_server server(loop, echo);
            connect_proxy proxy(row.how);
            proxy.accept_credentials("Basic dTpw");
            proxied_client client(loop, {false, "platform.test", server.port(), "/"}, proxy.port());
            const auto begun = std::chrono::steady_clock::now();
            const auto outcome = co_await client.send("x");
            EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
            EXPECT_EQ(outcome.phase, send_phase::not_sent);
            EXPECT_TRUE(outcome.error);
            EXPECT_EQ(outcome.proxy_denied, row.denied);
            const std::string name = "the proxy proxy.test:" + std::to_string(proxy.port());
            EXPECT_NE(outcome.detail.find(name), std::string::npos) << outcome.detail;
            EXPECT_NE(outcome.detail.find(row.detail), std::string::npos) << outcome.detail;
            EXPECT_EQ(client.client->open_connections(), 0U);
            EXPECT_EQ(proxy.requests().size(), 1U) << "asked again at another address";
            EXPECT_EQ(server.connections(), 0);

            proxy.behave(manner::works);
            const auto after = co_await client.send("after");
            EXPECT_EQ(after.response.body, "after") << after.detail;
            client.client->close_idle();
            co_await server.stop();
        });
    }
}

TEST(ProxiedClient, IsSilentAboutNothingThatWentThroughTheTunnel) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        loopback_server server(loop, echo);
        connect_proxy proxy(manner::resets_the_tunnel);
        proxied_client client(loop, {false, "platform.test", server.port(), "/"}, proxy.port());
        const auto outcome = co_await client.send("x");
        EXPECT_EQ(outcome.phase, send_phase::maybe_sent);
        EXPECT_NE(outcome.detail.find("through the proxy"), std::string::npos) << outcome.detail;
        co_await server.stop();
    });
}

TEST(ProxiedClient, TakesNewCredentialsWithTheNextConnection) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        loopback_server server(loop, echo);
        connect_proxy proxy(manner::wants_credentials);
        proxy.accept_credentials("Basic dTpw");
        proxied_client client(loop, {false, "platform.test", server.port(), "/"}, proxy.port());
        EXPECT_TRUE((co_await client.send("x")).proxy_denied);
        client.client->replace_proxy_credentials(base::secret_text("u:p"));
        const auto outcome = co_await client.send("x");
        EXPECT_EQ(outcome.response.body, "x") << outcome.detail;
        client.client->close_idle();
        co_await server.stop();
    });
}

// Without a listening proxy nothing may go to the platform directly.
TEST(ProxiedClient, NeverGoesAroundItsProxy) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        loopback_server server(loop, echo);
        std::uint16_t port = 0;
        {
            const connect_proxy gone;
            port = gone.port();
        }
        proxied_client client(loop, {false, "127.0.0.1", server.port(), "/"}, port);
        const auto outcome = co_await client.send("x");
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_NE(outcome.detail.find("connecting to the proxy proxy.test"), std::string::npos)
            << outcome.detail;
        EXPECT_EQ(server.connections(), 0);
        co_await server.stop();
    });
}

}  // namespace
}  // namespace gateway::net
