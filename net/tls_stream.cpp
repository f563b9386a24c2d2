#include "net/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace gateway::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;
constexpr auto goodbye = std::chrono::seconds(2);

error_code take_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) {
        return asio::ssl::error::unexpected_result;
    }
    return {static_cast<int>(code), asio::error::get_ssl_category()};
}

int as_int(std::size_t size) {
    return static_cast<int>(std::min(size, std::size_t{1} << 30));
}

struct ssl_free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;

// TLS over any byte_stream: OpenSSL works on memory, the stream below moves the bytes and keeps the
// deadline. So the bytes of a failed write are those a socket really accepted, and either end of
// TLS needs nothing but its SSL object. Reading never writes (what OpenSSL wants to say then goes
// out with the next write), so the rule of byte_stream, one read and one write at a time, holds
// below too.
class tls_stream final : public byte_stream {
public:
    tls_stream(stream_ptr plain, ssl_ptr ssl) : plain_(std::move(plain)), ssl_(std::move(ssl)) {
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
    }

    asio::awaitable<error_code> handshake();
    long verify_result() const { return SSL_get_verify_result(ssl_.get()); }

    asio::awaitable<io_result> read_some(asio::mutable_buffer into) override;
    asio::awaitable<io_result> write_all(asio::const_buffer from) override;
    void expires_at(steady_time deadline) override {
        deadline_ = deadline;
        plain_->expires_at(deadline);
    }
    asio::awaitable<void> shutdown() override;
    void close() noexcept override { plain_->close(); }
    void reset() noexcept override { plain_->reset(); }
    bool quiet() noexcept override {
        return plain_->quiet() && SSL_has_pending(ssl_.get()) == 0 && BIO_ctrl_pending(in_) == 0;
    }
    std::string remote_address() const override { return plain_->remote_address(); }

private:
    // Sends what OpenSSL has to say.
    asio::awaitable<io_result> flush();
    // Reads from below through `scratch`.
    asio::awaitable<error_code> feed(asio::mutable_buffer scratch);

    stream_ptr plain_;
    ssl_ptr ssl_;
    BIO* in_ = nullptr;   // owned by ssl_
    BIO* out_ = nullptr;  // owned by ssl_
    steady_time deadline_ = steady_time::max();
};

asio::awaitable<error_code> tls_stream::handshake() {
    std::array<char, 4096> scratch;
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        const int state = SSL_get_error(ssl_.get(), done);
        error_code error;
        if (done != 1 && state != SSL_ERROR_WANT_READ) {
            error = take_error();
        }
        // Also when it failed: the alert tells the peer why.
        const io_result sent = co_await flush();
        if (error) {
            co_return error;
        }
        if (sent.error || done == 1) {
            co_return sent.error;
        }
        error = co_await feed(asio::buffer(scratch));
        if (error) {
            co_return error;
        }
    }
}

asio::awaitable<io_result> tls_stream::flush() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    if (bytes.empty()) {
        co_return io_result();
    }
    BIO_read(out_, bytes.data(), as_int(bytes.size()));
    const io_result sent = co_await plain_->write_all(asio::buffer(bytes));
    co_return sent;
}

asio::awaitable<error_code> tls_stream::feed(asio::mutable_buffer scratch) {
    const io_result got = co_await plain_->read_some(scratch);
    if (got.error == asio::error::eof) {
        // No close_notify came before: somebody else may have cut the wire.
        co_return error_code(asio::ssl::error::stream_truncated);
    }
    if (!got.error) {
        BIO_write(in_, scratch.data(), as_int(got.bytes));
    }
    co_return got.error;
}

asio::awaitable<io_result> tls_stream::read_some(asio::mutable_buffer into) {
    for (;;) {
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), into.data(), as_int(into.size()));
        if (count > 0) {
            co_return io_result{{}, static_cast<std::size_t>(count)};
        }
        const int state = SSL_get_error(ssl_.get(), count);
        if (state == SSL_ERROR_ZERO_RETURN) {
            co_return io_result{asio::error::eof, 0};
        }
        if (state != SSL_ERROR_WANT_READ) {
            co_return io_result{take_error(), 0};
        }
        // The caller's buffer carries the encrypted bytes on their way in.
        const error_code error = co_await feed(into);
        if (error) {
            co_return io_result{error, 0};
        }
    }
}

asio::awaitable<io_result> tls_stream::write_all(asio::const_buffer from) {
    io_result done;
    while (done.bytes < from.size()) {
        const asio::const_buffer record = asio::buffer(from + done.bytes, record_size);
        ERR_clear_error();
        const int count = SSL_write(ssl_.get(), record.data(), as_int(record.size()));
        if (count <= 0) {
            done.error = take_error();
            break;
        }
        const io_result sent = co_await flush();
        if (sent.error) {
            // A part of a record may be worth nothing to the peer, or all of it may have gone:
            // count it as begun.
            done.bytes += sent.bytes > 0 ? 1 : 0;
            done.error = sent.error;
            break;
        }
        done.bytes += static_cast<std::size_t>(count);
    }
    co_return done;
}

asio::awaitable<void> tls_stream::shutdown() {
    expires_at(std::min(deadline_, std::chrono::steady_clock::now() + goodbye));
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    co_await flush();
    co_await plain_->shutdown();
}

// The name certificates are checked for, and the one sent in the clear as SNI (names only, RFC 6066
// §3).
bool expect_peer(SSL* ssl, const std::string& host) {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

tls_client_context::tls_client_context(const std::string& ca_file)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX* context = context_.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        throw std::runtime_error("OpenSSL cannot be used: " + take_error().message());
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
        throw std::runtime_error(
            "no CA certificates can be read from " + ca_file + ": " + take_error().message()
        );
    }
}

asio::awaitable<tls_result> connect_tls(
    stream_ptr plain, tls_client_context context, std::string host
) {
    tls_result result;
    ssl_ptr ssl(SSL_new(context.native()));
    if (!ssl || !expect_peer(ssl.get(), host)) {
        result.error = take_error();
        co_return result;
    }
    SSL_set_connect_state(ssl.get());
    auto stream = std::make_unique<tls_stream>(std::move(plain), std::move(ssl));
    result.error = co_await stream->handshake();
    if (!result.error) {
        result.stream = std::move(stream);
    } else if (const long verified = stream->verify_result(); verified != X509_V_OK) {
        result.reason = X509_verify_cert_error_string(verified);
    }
    co_return result;
}

}  // namespace gateway::net
