#include "net/tls_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "net/tcp_stream.hpp"
#include "tests/net/tls_far_end.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using support::temporary_file;
using support::test_ca;
using clock = std::chrono::steady_clock;

TEST(Tls, ExchangesWithAServerThatProvesItsName) {
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

TEST(Tls, GivesUpOnASilentServerWithinTheConnectLimit) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        const test_ca ca("a CA");
        tls_server server(loop, ca.issue("DNS:server.test"), manners::silent);
        server.start();
        tls_client client(loop, server.port(), ca.certificate(), "server.test");
        client_settings settings;
        settings.ca_file = client.ca_file.path();
        settings.connect_timeout = 50ms;
        origin where{true, "server.test", server.port(), "/"};
        client.client = make_http_client(loop, client.resolver, where, settings);
        const exchange_outcome outcome = co_await client.send();
        EXPECT_EQ(outcome.phase, send_phase::not_sent);
        EXPECT_EQ(outcome.error, asio::error::timed_out);
        co_await server.stop();
        co_await expect_normal_exchange(loop);
    });
}

// One of a name's two addresses accepts connections and never answers the handshake.
TEST(Tls, TriesTheNextAddressAfterAnUnansweredHandshakeAndRemembersTheFailure) {
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

// Without close_notify the end of the body cannot be told from a cut connection.
TEST(Tls, DoesNotTakeACutConnectionForTheEndOfABody) {
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

// Forwards all bytes until a test sets how many more are accepted.
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

TEST(Tls, CountsAWriteAsBegunOnceTheSocketHasAcceptedAByte) {
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
