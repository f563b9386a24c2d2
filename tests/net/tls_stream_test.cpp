#include "net/tls_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "net/tcp_stream.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using support::certificate_pem;
using support::temporary_file;
using support::test_ca;
using ::testing::HasSubstr;
using clock = std::chrono::steady_clock;
constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

enum class manners { polite, stays, cuts_the_wire, silent };

// Asio's own TLS at the other end, so that no mistake of ours can cancel itself out. Answers each
// connection's first request with a body that ends where the connection does.
class tls_server {
public:
    tls_server(
        asio::any_io_executor loop,
        const certificate_pem& own,
        manners how = manners::polite,
        tcp::endpoint at = {asio::ip::address_v4::loopback(), 0}
    )
        : how_(how),
          context_(asio::ssl::context::tls_server),
          acceptor_(loop, at),
          tasks_(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); }) {
        context_.use_certificate_chain(asio::buffer(own.certificate));
        context_.use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
    }

    void start() { tasks_.spawn(run()); }
    void limit_version(int version) {
        SSL_CTX_set_min_proto_version(context_.native_handle(), 0);
        SSL_CTX_set_max_proto_version(context_.native_handle(), version);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    const std::string& asked_name() const { return asked_name_; }
    int accepted() const { return accepted_; }
    // Handshakes that succeeded.
    int connections() const { return connections_; }
    // Of those, how many went on from a session of an earlier one.
    int resumed() const { return resumed_; }
    asio::awaitable<void> stop() {
        acceptor_.close();
        const bool empty = co_await tasks_.wait_empty(clock::now() + 5s);
        EXPECT_TRUE(empty);
    }

private:
    asio::awaitable<void> run() {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(awaitable_tuple);
            if (error) {
                break;
            }
            ++accepted_;
            tasks_.spawn(serve(std::move(socket)));
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        if (how_ == manners::silent) {
            // Until the client goes; what it says is not answered.
            std::string unread;
            co_await asio::async_read(socket, asio::dynamic_buffer(unread), awaitable_tuple);
            co_return;
        }
        asio::ssl::stream<tcp::socket> stream(std::move(socket), context_);
        auto [refused] =
            co_await stream.async_handshake(asio::ssl::stream_base::server, awaitable_tuple);
        if (refused) {
            co_return;
        }
        const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
        asked_name_ = name != nullptr ? name : "";
        ++connections_;
        resumed_ += SSL_session_reused(stream.native_handle());
        while (how_ == manners::stays) {
            const error_code ended = co_await answer_one(stream, "Content-Length: 6\r\n");
            if (ended) {
                co_return;
            }
        }
        const error_code broken = co_await answer_one(stream, "");
        if (!broken && how_ == manners::polite) {
            co_await stream.async_shutdown(awaitable_tuple);
        }
    }

    static asio::awaitable<error_code> answer_one(
        asio::ssl::stream<tcp::socket>& stream, std::string framing
    ) {
        std::string request;
        auto [broken, size] = co_await asio::async_read_until(
            stream, asio::dynamic_buffer(request), "\r\n\r\n", awaitable_tuple
        );
        if (broken) {
            co_return broken;
        }
        const std::string answer = "HTTP/1.1 200 OK\r\n" + framing + "\r\nsecret";
        auto [error, sent] =
            co_await asio::async_write(stream, asio::buffer(answer), awaitable_tuple);
        co_return error;
    }

    manners how_;
    asio::ssl::context context_;
    tcp::acceptor acceptor_;
    task_group tasks_;
    std::string asked_name_;
    int accepted_ = 0;
    int connections_ = 0;
    int resumed_ = 0;
};

struct tls_client {
    tls_client(
        asio::any_io_executor loop, std::uint16_t port, const std::string& ca_pem, std::string host
    )
        : ca_file(ca_pem) {
        client_settings settings;
        settings.ca_file = ca_file.path();
        settings.connect = 2s;
        origin where{true, std::move(host), port, "/"};
        client = make_http_client(loop, resolver, std::move(where), settings);
    }

    asio::awaitable<exchange_outcome> send() {
        http_request request;
        request.method = "POST";
        exchange_options options;
        options.limit = 5s;
        exchange_outcome outcome = co_await client->exchange(request, options);
        co_return outcome;
    }

    temporary_file ca_file;
    fixed_resolver resolver;
    std::unique_ptr<http_client> client;
};

asio::awaitable<void> expect_normal_exchange(asio::any_io_executor loop) {
    const test_ca ca("a good CA");
    tls_server server(loop, ca.issue("DNS:server.test"));
    server.start();
    tls_client client(loop, server.port(), ca.certificate(), "server.test");
    const exchange_outcome outcome = co_await client.send();
    EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;
    EXPECT_EQ(outcome.response.body, "secret");
    EXPECT_EQ(server.asked_name(), "server.test");
    co_await server.stop();
}

TEST(Tls, TalksToAServerThatProvesItsName) {
    support::run_coro([](asio::any_io_executor loop) { return expect_normal_exchange(loop); });
}

TEST(Tls, SendsOneRequestAfterAnotherOverOneConnection) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        tls_server server(loop, ca.issue("DNS:server.test"), manners::stays);
        server.start();
        tls_client client(loop, server.port(), ca.certificate(), "server.test");
        for (int i = 0; i < 3; ++i) {
            const exchange_outcome outcome = co_await client.send();
            EXPECT_EQ(outcome.response.body, "secret") << outcome.detail;
        }
        EXPECT_EQ(server.connections(), 1);
        client.client->close_idle();
        co_await server.stop();
    });
}

TEST(Tls, TrustsWhomItIsToldToFromTheNextConnectionOn) {
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

// What was proven under one name says nothing about another, and a server that lost its tickets'
// keys starts afresh.
TEST(Tls, ResumesNothingUnderAnotherNameOrAtAnotherServer) {
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

TEST(Tls, SendsNothingToAServerThatDoesNotProveItsName) {
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

TEST(Tls, ChecksALiteralAddressAsOne) {
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

TEST(Tls, GivesUpOnASilentServerWithinTheConnectLimit) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        tls_server server(loop, ca.issue("DNS:server.test"), manners::silent);
        server.start();
        tls_client client(loop, server.port(), ca.certificate(), "server.test");
        client_settings settings;
        settings.ca_file = client.ca_file.path();
        settings.connect = 50ms;
        origin where{true, "server.test", server.port(), "/"};
        client.client = make_http_client(loop, client.resolver, where, settings);
        const exchange_outcome outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_EQ(outcome.error, asio::error::timed_out);
        co_await server.stop();
        co_await expect_normal_exchange(loop);
    });
}

// Of a name's two addresses one takes connections and says nothing.
TEST(Tls, PassesAnAddressThatDoesNotShakeHandsAndRemembersIt) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        tls_server good(loop, ca.issue("DNS:server.test"));
        good.start();
        const tcp::endpoint beside(asio::ip::make_address("127.0.0.2"), good.port());
        tls_server mute(loop, ca.issue("DNS:server.test"), manners::silent, beside);
        mute.start();
        tls_client client(loop, good.port(), ca.certificate(), "server.test");
        client.resolver.addresses = {"127.0.0.2", "127.0.0.1"};
        for (const int connections : {1, 2}) {
            const exchange_outcome outcome = co_await client.send();
            EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;
            EXPECT_EQ(good.connections(), connections);
            EXPECT_EQ(mute.accepted(), 1);
        }
        co_await mute.stop();
        co_await good.stop();
    });
}

// Without TLS's own goodbye nobody knows whether the body ended or was cut.
TEST(Tls, DoesNotTakeACutWireForTheEndOfABody) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        tls_server server(loop, ca.issue("DNS:server.test"), manners::cuts_the_wire);
        server.start();
        tls_client client(loop, server.port(), ca.certificate(), "server.test");
        const exchange_outcome outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::maybe_sent);
        EXPECT_EQ(outcome.error, asio::ssl::error::stream_truncated);
        co_await server.stop();
        co_await expect_normal_exchange(loop);
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

// Passes everything on until it is told how many more bytes the wire takes.
class tight_stream final : public byte_stream {
public:
    tight_stream(stream_ptr inner, std::size_t& room) : inner_(std::move(inner)), room_(room) {}

    asio::awaitable<error_code> readable() override { return inner_->readable(); }
    asio::awaitable<io_result> read_some(asio::mutable_buffer into) override {
        return inner_->read_some(into);
    }
    asio::awaitable<io_result> write_all(asio::const_buffer from) override {
        const std::size_t fits = std::min(from.size(), room_);
        io_result sent = co_await inner_->write_all(asio::buffer(from, fits));
        room_ -= fits;
        if (fits < from.size()) {
            sent.error = asio::error::connection_reset;
        }
        co_return sent;
    }
    void expires_at(steady_time deadline) override { inner_->expires_at(deadline); }
    asio::awaitable<void> shutdown() override { return inner_->shutdown(); }
    void close() noexcept override { inner_->close(); }
    void reset() noexcept override { inner_->reset(); }
    bool quiet() noexcept override { return inner_->quiet(); }
    bool hung_up() noexcept override { return inner_->hung_up(); }
    std::string remote_address() const override { return inner_->remote_address(); }

private:
    stream_ptr inner_;
    std::size_t& room_;
};

TEST(Tls, CountsAWriteAsBegunAsSoonAsTheSocketTookAByte) {
    for (const std::size_t takes : {0u, 1u, 20u}) {
        SCOPED_TRACE(takes);
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            const test_ca ca("a CA");
            tls_server server(loop, ca.issue("DNS:server.test"));
            server.start();
            const temporary_file file(ca.certificate());
            const tls_client_context context(file.path());
            const tcp::endpoint to(asio::ip::address_v4::loopback(), server.port());
            connect_result plain = co_await connect_tcp(to, clock::now() + 5s);
            std::size_t room = 1'000'000;
            auto tight = std::make_unique<tight_stream>(std::move(plain.stream), room);
            tls_result shaken = co_await connect_tls(std::move(tight), context, "server.test");
            EXPECT_FALSE(shaken.error) << shaken.error.message();
            if (shaken.stream) {
                room = takes;
                const io_result sent = co_await shaken.stream->write_all(asio::buffer("GET /", 5));
                EXPECT_TRUE(sent.error);
                EXPECT_EQ(sent.bytes > 0, takes > 0);
                shaken.stream->close();
            }
            co_await server.stop();
        });
    }
}

}  // namespace
}  // namespace gateway::net
