#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/task_group.hpp"
#include "net/http_client.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/test_certificates.hpp"

// A TLS server to connect to, and a client of ours for it.

namespace gateway::net {

enum class manners { polite, stays, cuts_the_wire, silent };

// Uses Asio's own TLS, so that an error of ours cannot be hidden by its mirror image. Answers each
// connection's first request with a body that ends where the connection does.
class tls_server {
public:
    tls_server(
        asio::any_io_executor loop,
        const support::certificate_pem& own,
        manners how = manners::polite,
        asio::ip::tcp::endpoint at = {asio::ip::address_v4::loopback(), 0}
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
    // Number of successful handshakes.
    int connections() const { return connections_; }
    // How many of those resumed a session.
    int resumed() const { return resumed_; }
    asio::awaitable<void> stop() {
        acceptor_.close();
        const bool empty =
            co_await tasks_.wait_empty(std::chrono::steady_clock::now() + std::chrono::seconds(5));
        EXPECT_TRUE(empty);
    }

private:
    static constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

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

    asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
        if (how_ == manners::silent) {
            // Reads without answers until the client closes.
            std::string unread;
            co_await asio::async_read(socket, asio::dynamic_buffer(unread), awaitable_tuple);
            co_return;
        }
        asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
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
        asio::ssl::stream<asio::ip::tcp::socket>& stream, std::string framing
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
    asio::ip::tcp::acceptor acceptor_;
    base::task_group tasks_;
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
        settings.connect_timeout = std::chrono::seconds(2);
        origin where{true, std::move(host), port, "/"};
        client = make_http_client(loop, resolver, std::move(where), settings);
    }

    asio::awaitable<exchange_outcome> send() {
        http_request request;
        request.method = "POST";
        exchange_options options;
        options.limit = std::chrono::seconds(5);
        exchange_outcome outcome = co_await client->exchange(request, options);
        co_return outcome;
    }

    support::temporary_file ca_file;
    fixed_resolver resolver;
    std::unique_ptr<http_client> client;
};

// A server that proves its name answers as usual.
inline asio::awaitable<void> expect_normal_exchange(asio::any_io_executor loop) {
    const support::test_ca ca("a good CA");
    tls_server server(loop, ca.issue("DNS:server.test"));
    server.start();
    tls_client client(loop, server.port(), ca.certificate(), "server.test");
    const exchange_outcome outcome = co_await client.send();
    EXPECT_EQ(outcome.phase, send_phase::answered) << outcome.detail;
    EXPECT_EQ(outcome.response.body, "secret");
    EXPECT_EQ(server.asked_name(), "server.test");
    co_await server.stop();
}

}  // namespace gateway::net
