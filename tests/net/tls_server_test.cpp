#include "net/tls_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>

#include "base/task_group.hpp"
#include "net/listener.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using support::certificate_pem;
using support::test_ca;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using clock = std::chrono::steady_clock;
constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);

tls_server_context usable(const tls_server_material& material) {
    auto made = tls_server_context::make(material);
    if (const auto* fault = std::get_if<std::string>(&made)) {
        throw std::runtime_error(*fault);
    }
    return std::get<tls_server_context>(made);
}

// The options of the client, Asio's own.
struct client_options {
    std::string certificate;  // PEM; empty: shows none
    std::string key;
    std::string trusted;  // CA of the server
    int newest_version = 0;
    std::string ciphers;  // TLS 1.2
    SSL_SESSION* resumed = nullptr;
};

struct client_view {
    error_code error;
    std::string got;
    std::string version;
    std::string protocol;  // ALPN
    bool resumed = false;
    std::shared_ptr<SSL_SESSION> session;
};

asio::awaitable<client_view> talk(std::uint16_t port, client_options how) {
    client_view view;
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_verify_mode(asio::ssl::verify_peer);
    context.add_certificate_authority(asio::buffer(how.trusted));
    if (!how.certificate.empty()) {
        context.use_certificate_chain(asio::buffer(how.certificate));
        context.use_private_key(asio::buffer(how.key), asio::ssl::context::pem);
    }
    if (how.newest_version != 0) {
        SSL_CTX_set_min_proto_version(context.native_handle(), 0);
        SSL_CTX_set_max_proto_version(context.native_handle(), how.newest_version);
    }
    if (!how.ciphers.empty()) {
        SSL_CTX_set_cipher_list(context.native_handle(), how.ciphers.c_str());
    }
    asio::ssl::stream<tcp::socket> stream(co_await asio::this_coro::executor, context);
    SSL_set_alpn_protos(
        stream.native_handle(), reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12
    );
    if (how.resumed != nullptr) {
        SSL_set_session(stream.native_handle(), how.resumed);
    }
    co_await stream.lowest_layer().async_connect(
        {asio::ip::address_v4::loopback(), port}, asio::use_awaitable
    );
    auto [refused] =
        co_await stream.async_handshake(asio::ssl::stream_base::client, awaitable_tuple);
    view.error = refused;
    if (refused) {
        co_return view;
    }
    // In TLS 1.3 the server's verdict on our certificate arrives with the first read.
    auto [broken, size] = co_await asio::async_read(
        stream, asio::dynamic_buffer(view.got), asio::transfer_exactly(5), awaitable_tuple
    );
    view.error = broken;
    view.version = SSL_get_version(stream.native_handle());
    const unsigned char* chosen = nullptr;
    unsigned int chosen_size = 0;
    SSL_get0_alpn_selected(stream.native_handle(), &chosen, &chosen_size);
    view.protocol.assign(reinterpret_cast<const char*>(chosen), chosen_size);
    view.resumed = SSL_session_reused(stream.native_handle()) == 1;
    view.session.reset(SSL_get1_session(stream.native_handle()), SSL_SESSION_free);
    // Without an orderly end OpenSSL would drop the session.
    co_await stream.async_shutdown(awaitable_tuple);
    co_return view;
}

// Sends key updates, with or without a request for the peer's, until the peer ends the connection.
// Returns their number.
asio::awaitable<int> change_keys(std::uint16_t port, int answer) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<tcp::socket> stream(co_await asio::this_coro::executor, context);
    co_await stream.lowest_layer().async_connect(
        {asio::ip::address_v4::loopback(), port}, asio::use_awaitable
    );
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    int sent = 0;
    for (error_code error; !error && sent < 100'000; ++sent) {
        SSL_key_update(stream.native_handle(), answer);
        const auto [failed] =
            co_await stream.async_handshake(asio::ssl::stream_base::client, awaitable_tuple);
        error = failed;
    }
    co_return sent;
}

// Sends "hello" to each client that completes the handshake.
class tls_listener {
public:
    tls_listener(asio::any_io_executor loop, tls_server_context context)
        : listener_(loop, {"127.0.0.1", 0}),
          context_(std::move(context)),
          tasks_(loop, [](const std::exception& e) { ADD_FAILURE() << e.what(); }) {
        tasks_.spawn(listener_.run([this](stream_ptr stream) {
            tasks_.spawn(serve(std::move(stream)));
        }));
    }

    std::uint16_t port() const { return listener_.port(); }
    const std::vector<tls_accepted>& accepted() const { return accepted_; }
    asio::awaitable<void> stop() {
        listener_.stop();
        const bool empty = co_await tasks_.wait_empty(clock::now() + 5s);
        EXPECT_TRUE(empty);
    }

private:
    asio::awaitable<void> serve(stream_ptr stream) {
        stream->expires_at(clock::now() + 2s);
        tls_accepted got = co_await accept_tls(std::move(stream), context_, worker_);
        if (got.stream) {
            co_await got.stream->write_all(asio::buffer("hello", 5));
            co_await got.stream->shutdown();
        }
        accepted_.push_back(std::move(got));
    }

    base::worker_pool worker_{1, 100};
    listener listener_;
    tls_server_context context_;
    base::task_group tasks_;
    std::vector<tls_accepted> accepted_;
};

struct meeting {
    client_view client;
    error_code server;
    peer_names peer;
};

meeting meet(const tls_server_context& context, client_options how) {
    return support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<meeting> {
        tls_listener server(loop, context);
        meeting out;
        out.client = co_await talk(server.port(), how);
        co_await server.stop();
        EXPECT_EQ(server.accepted().size(), 1U);
        if (!server.accepted().empty()) {
            out.server = server.accepted().front().error;
            out.peer = server.accepted().front().peer;
        }
        co_return out;
    });
}

class TlsServer : public testing::Test {
protected:
    tls_server_context context(bool asks = false, bool insists = false) const {
        return usable({own_.certificate, own_.key, asks ? client_ca_.certificate() : "", insists});
    }
    client_options trusting() const {
        client_options how;
        how.trusted = ca_.certificate();
        return how;
    }
    client_options showing(const certificate_pem& own) const {
        client_options how = trusting();
        how.certificate = own.certificate;
        how.key = own.key;
        return how;
    }

    test_ca ca_{"the server's CA"};
    test_ca client_ca_{"the clients' CA"};
    certificate_pem own_ = ca_.issue("DNS:gateway.test");
};

TEST_F(TlsServer, SpeaksHttpOverTls13) {
    const meeting met = meet(context(), trusting());
    EXPECT_FALSE(met.client.error) << met.client.error.message();
    EXPECT_FALSE(met.server) << met.server.message();
    EXPECT_EQ(met.client.got, "hello");
    EXPECT_EQ(met.client.version, "TLSv1.3");
    EXPECT_EQ(met.client.protocol, "http/1.1");
    EXPECT_THAT(met.peer, IsEmpty());
}

TEST_F(TlsServer, AcceptsOnlyTheSafePartOfTls12) {
    struct row {
        const char* name;
        int version;
        const char* ciphers;
        bool accepted;
    };
    const row rows[] = {
        {"TLS 1.2 with forward secrecy", TLS1_2_VERSION, "ECDHE+AESGCM", true},
        {"CBC", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", false},
        {"no forward secrecy", TLS1_2_VERSION, "AES128-GCM-SHA256", false},
        {"TLS 1.1", TLS1_1_VERSION, "ALL:@SECLEVEL=0", false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        client_options how = trusting();
        how.newest_version = row.version;
        how.ciphers = row.ciphers;
        const meeting met = meet(context(), how);
        EXPECT_EQ(!met.server, row.accepted) << met.server.message();
        EXPECT_EQ(met.client.got, row.accepted ? "hello" : "");
    }
}

TEST_F(TlsServer, ResumesASessionFromItsTicket) {
    const auto same = context();
    const meeting first = meet(same, trusting());
    client_options again = trusting();
    again.resumed = first.client.session.get();
    EXPECT_TRUE(meet(same, again).client.resumed);
    // A server that requests certificates issues no tickets: they would outlive a revoked one.
    const auto asking = context(true);
    const meeting asked = meet(asking, trusting());
    again.resumed = asked.client.session.get();
    EXPECT_FALSE(meet(asking, again).client.resumed);
}

TEST_F(TlsServer, ReturnsTheNamesOfAClientsCertificate) {
    struct row {
        const char* name;
        const char* alternative_names;
        peer_names expected;
    };
    const row rows[] = {
        {"one name", "DNS:pos.test", {"pos.test"}},
        {"two names", "DNS:pos.test,DNS:ops.test", {"pos.test", "ops.test"}},
        {"common name", "", {"by common name"}},
        {"an address is no name", "IP:127.0.0.1", {"by common name"}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto own = client_ca_.issue(row.alternative_names, "by common name");
        const meeting met = meet(context(true, true), showing(own));
        EXPECT_EQ(met.client.got, "hello") << met.client.error.message();
        EXPECT_EQ(met.peer, row.expected);
    }
}

TEST_F(TlsServer, RefusesABadCertificate) {
    const auto strangers = test_ca("nobody's CA").issue("DNS:pos.test");
    const auto expired = client_ca_.issue("DNS:pos.test", "late", -60);
    for (const bool insists : {false, true}) {
        EXPECT_TRUE(meet(context(true, insists), showing(strangers)).server);
        EXPECT_TRUE(meet(context(true, insists), showing(expired)).server);
    }
}

TEST_F(TlsServer, RequiresACertificateOnlyWhereConfigured) {
    EXPECT_FALSE(meet(context(true, false), trusting()).server);
    EXPECT_TRUE(meet(context(true, true), trusting()).server);
    // Not requested, so not verified.
    const meeting met = meet(context(), showing(client_ca_.issue("DNS:pos.test")));
    EXPECT_THAT(met.peer, IsEmpty());
}

TEST_F(TlsServer, EndsTheHandshakeOfAPeerThatStopsOrSendsNoTls) {
    struct row {
        const char* name;
        std::vector<std::string> reads;
        error_code end;
    };
    const row rows[] = {
        {"silence", {}, asio::error::timed_out},
        {"closed", {}, asio::error::eof},
        {"a plain request", {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, asio::error::timed_out},
        {"half a hello",
         {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
         asio::error::timed_out},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
            base::worker_pool worker(1, 100);
            support::wire_script script;
            script.reads = row.reads;
            script.read_end = row.end;
            const tls_accepted got = co_await accept_tls(
                std::make_unique<support::scripted_stream>(script), context(), worker
            );
            EXPECT_TRUE(got.error);
            EXPECT_EQ(got.stream, nullptr);
        });
    }
}

TEST_F(TlsServer, RefusesHandshakesWhenTheQueueIsFull) {
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        base::worker_pool worker(1, 0);
        support::wire_script script;
        script.reads = {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)};
        const tls_accepted got = co_await accept_tls(
            std::make_unique<support::scripted_stream>(script), context(), worker
        );
        EXPECT_EQ(got.error, asio::error::try_again);
    });
}

TEST_F(TlsServer, EndsAConnectionThatOnlyUpdatesKeys) {
    for (const int answer : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
        SCOPED_TRACE(answer);
        support::run_coro([&](asio::any_io_executor loop) -> asio::awaitable<void> {
            base::worker_pool worker(1, 100);
            error_code end;
            base::task_group tasks(loop, [](const std::exception& e) {
                ADD_FAILURE() << e.what();
            });
            const auto read = [&](stream_ptr plain) -> asio::awaitable<void> {
                plain->expires_at(clock::now() + 8s);
                const auto met = co_await accept_tls(std::move(plain), context(), worker);
                std::array<char, 16> content;
                const auto got = co_await met.stream->read_some(asio::buffer(content));
                end = got.error;
            };
            listener door(loop, {"127.0.0.1", 0});
            tasks.spawn(door.run([&](stream_ptr plain) { tasks.spawn(read(std::move(plain))); }));
            const int sent = co_await change_keys(door.port(), answer);
            door.stop();
            co_await tasks.wait_empty(clock::now() + 9s);
            EXPECT_EQ(end, boost::system::errc::protocol_error) << end.message();
            EXPECT_GT(sent, 50) << "not at the first key update";
        });
    }
}

TEST_F(TlsServer, ReturnsTheFactsOfItsCertificate) {
    const auto facts = context().certificate();
    EXPECT_EQ(facts.subject, "CN = server under test");
    EXPECT_EQ(facts.serial, "02");
    const auto left = facts.not_after - std::chrono::system_clock::now();
    EXPECT_GT(left, 59min);
    EXPECT_LT(left, 61min);
}

TEST_F(TlsServer, ReportsTheFaultOfItsFiles) {
    const auto other = ca_.issue("DNS:other.test");
    const auto expired = ca_.issue("DNS:gateway.test", "late", -60);
    const std::string locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGw\n-----END ENCRYPTED PRIVATE KEY-----\n";
    struct row {
        const char* name;
        std::string certificate;
        std::string key;
        std::string client_ca;
        const char* fault;
    };
    const row rows[] = {
        {"no certificate", "", own_.key, "", "certificate_file: no PEM certificate"},
        {"rubbish", "rubbish", own_.key, "", "certificate_file: no PEM certificate"},
        {"a broken second one",
         own_.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
         own_.key,
         "",
         "certificate_file: no PEM certificate"},
        {"expired", expired.certificate, expired.key, "", "the certificate has expired"},
        {"no key", own_.certificate, own_.certificate, "", "private_key_file: no PEM private key"},
        {"locked key", own_.certificate, locked, "", "without a passphrase"},
        {"another's key", own_.certificate, other.key, "", "does not belong to the certificate"},
        {"no CA", own_.certificate, own_.key, "rubbish", "client_ca_file: no PEM certificate"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto made =
            tls_server_context::make({row.certificate, row.key, row.client_ca, false});
        ASSERT_TRUE(std::holds_alternative<std::string>(made));
        EXPECT_THAT(std::get<std::string>(made), HasSubstr(row.fault));
    }
}

}  // namespace
}  // namespace gateway::net
