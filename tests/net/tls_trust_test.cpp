// Which servers a client trusts, and which sessions it resumes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/http_client.hpp"
#include "net/tcp_stream.hpp"
#include "net/tls_stream.hpp"
#include "tests/net/tls_far_end.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using support::temporary_file;
using support::test_ca;
using ::testing::HasSubstr;
using clock = std::chrono::steady_clock;

TEST(Tls, VerifiesAgainstReplacedTrustFromTheNextConnectionOn) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("the server's CA");
        const test_ca other("another CA");
        const temporary_file other_file(other.certificate());
        tls_server server(loop, ca.issue("DNS:server.test"), manners::stays);
        server.start();
        tls_client client(loop, server.port(), ca.certificate(), "server.test");
        exchange_outcome outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;

        client.client->replace_trust(tls_client_context(other_file.path()));
        outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::not_sent) << "an old connection carried it";
        EXPECT_THAT(outcome.detail, HasSubstr("unable to get local issuer certificate"));

        client.client->replace_trust(tls_client_context(client.ca_file.path()));
        outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;
        client.client->close_idle();
        co_await server.stop();
    });
}

TEST(Tls, ResumesItsSessionsOnLaterConnections) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        SCOPED_TRACE(version);
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            const test_ca ca("a CA");
            const auto own = ca.issue("DNS:server.test");
            tls_server server(loop, own);
            server.limit_version(version);
            server.start();
            tls_client client(loop, server.port(), ca.certificate(), "server.test");
            for (int i = 0; i < 4; ++i) {
                const exchange_outcome outcome = co_await client.send();
                EXPECT_EQ(outcome.response.body, "secret") << outcome.detail;
            }
            EXPECT_EQ(server.connections(), 4);
            EXPECT_EQ(server.resumed(), 3);
            co_await server.stop();
        });
    }
}

// A session of one name must not serve for another, and a server without the key of a ticket makes
// a full handshake.
TEST(Tls, ResumesNoSessionForAnotherNameOrAtAnotherServer) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        const auto own = ca.issue("DNS:server.test,DNS:other.test");
        const temporary_file file(ca.certificate());
        const tls_client_context context(file.path());
        tls_server first(loop, own);
        tls_server second(loop, own);
        first.start();
        second.start();
        const struct {
            tls_server& server;
            const char* name;
            int resumed;
        } rows[] = {
            {first, "server.test", 0},
            {first, "other.test", 0},
            {first, "server.test", 1},
            {second, "server.test", 0},
        };
        for (const auto& row : rows) {
            const tcp::endpoint to(asio::ip::address_v4::loopback(), row.server.port());
            connect_result plain = co_await connect_tcp(to, clock::now() + 5s);
            tls_result shaken = co_await connect_tls(std::move(plain.stream), context, row.name);
            EXPECT_FALSE(shaken.error) << shaken.error.message();
            co_await shaken.stream->write_all(asio::buffer("x\r\n\r\n", 5));
            std::array<char, 256> into;
            for (io_result got; !got.error;) {
                got = co_await shaken.stream->read_some(asio::buffer(into));
            }
            EXPECT_EQ(row.server.resumed(), row.resumed);
            co_await shaken.stream->shutdown();
        }
        co_await first.stop();
        co_await second.stop();
    });
}

struct refusal_row {
    std::string name;
    std::string alternative_name;
    bool own_ca;  // the client trusts the CA that signed
    int newest_version;
    std::string reason;
};

TEST(Tls, SendsNoByteToAServerThatDoesNotProveItsName) {
    const std::vector<refusal_row> rows = {
        {"other name", "DNS:other.test", true, 0, "hostname mismatch"},
        {"partial wildcard", "DNS:s*.test", true, 0, "hostname mismatch"},
        {"name in the wrong place", "URI:https://server.test", true, 0, "hostname mismatch"},
        {"unknown CA", "DNS:server.test", false, 0, "unable to get local issuer certificate"},
        {"old version", "DNS:server.test", true, TLS1_1_VERSION, "version"},
    };
    for (const refusal_row& row : rows) {
        SCOPED_TRACE(row.name);
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            const test_ca ca("the server's CA");
            const test_ca other("another CA");
            tls_server server(loop, ca.issue(row.alternative_name));
            if (row.newest_version != 0) {
                server.limit_version(row.newest_version);
            }
            server.start();
            const std::string trusted = row.own_ca ? ca.certificate() : other.certificate();
            tls_client client(loop, server.port(), trusted, "server.test");
            const exchange_outcome outcome = co_await client.send();
            EXPECT_EQ(outcome.phase, send_phase::not_sent);
            EXPECT_TRUE(outcome.error);
            EXPECT_THAT(outcome.detail, HasSubstr("TLS handshake with server.test"));
            EXPECT_THAT(outcome.detail, HasSubstr(row.reason));
            co_await server.stop();
            co_await expect_normal_exchange(loop);
        });
    }
}

TEST(Tls, ChecksAnAddressAgainstTheAddressesOfTheCertificate) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        for (const bool right : {true, false}) {
            tls_server server(loop, ca.issue(right ? "IP:127.0.0.1" : "DNS:127.0.0.1"));
            server.start();
            const temporary_file file(ca.certificate());
            const tls_client_context context(file.path());
            const tcp::endpoint to(asio::ip::address_v4::loopback(), server.port());
            connect_result plain = co_await connect_tcp(to, clock::now() + 5s);
            tls_result shaken = co_await connect_tls(std::move(plain.stream), context, "127.0.0.1");
            EXPECT_EQ(!shaken.error, right) << shaken.reason;
            if (shaken.stream) {
                co_await shaken.stream->write_all(asio::buffer("x\r\n\r\n", 5));
                co_await shaken.stream->shutdown();
            }
            co_await server.stop();
        }
    });
}

TEST(Tls, NamesACaFileItCannotRead) {
    try {
        const tls_client_context context("/nonexistent/ca.pem");
        ADD_FAILURE() << "made of nothing";
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("/nonexistent/ca.pem"));
    }
    const temporary_file rubbish("not a certificate");
    EXPECT_THROW(tls_client_context{rubbish.path()}, std::runtime_error);
}

}  // namespace
}  // namespace gateway::net
