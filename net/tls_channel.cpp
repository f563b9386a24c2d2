#include "net/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <chrono>
#include <new>
#include <utility>

namespace gateway::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;
// Key updates and the like are cheap to send, but cost us computations, and an answer if the peer
// asks for one (RFC 8446 §4.6.3). These bound both between two records of content. Up to
// `record_size` bytes of a record arrive before its content counts.
constexpr std::size_t most_without_content = 3 * record_size;
constexpr std::size_t most_unsent = 4 * 1024;
constexpr auto shutdown_timeout = std::chrono::seconds(2);

int as_int(std::size_t size) {
    return static_cast<int>(std::min(size, std::size_t{1} << 30));
}

struct step_result {
    bool done = false;
    error_code error;
};

// Handshakes as far as the received bytes allow. No error and not done: it needs to read.
step_result step(SSL* ssl) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl);
    if (done == 1) {
        return {true, {}};
    }
    const bool goes_on = SSL_get_error(ssl, done) == SSL_ERROR_WANT_READ;
    return {false, goes_on ? error_code() : take_tls_error()};
}

asio::awaitable<step_result> step_there(SSL* ssl) {
    co_return step(ssl);
}

}  // namespace

void ssl_free::operator()(ssl_st* ssl) const noexcept {
    // OpenSSL drops the session of a connection that ends without close_notify, as TLS 1.0
    // demanded. After a fatal alert it has done so already.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

error_code take_tls_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) {
        return asio::ssl::error::unexpected_result;
    }
    return {static_cast<int>(code), asio::error::get_ssl_category()};
}

tls_channel::tls_channel(stream_ptr plain, ssl_ptr ssl, std::string_view received)
    : plain_(std::move(plain)), ssl_(std::move(ssl)) {
    BIO* const bio = wire_.make_bio();
    if (bio == nullptr) {
        throw std::bad_alloc();
    }
    SSL_set_bio(ssl_.get(), bio, bio);
    wire_.append_received(received);
}

void tls_channel::expires_at(steady_time deadline) {
    deadline_ = deadline;
    plain_->expires_at(deadline);
}

bool tls_channel::quiet() noexcept {
    return plain_->quiet() && nothing_pending();
}

asio::awaitable<error_code> tls_channel::handshake(base::worker_pool* workers) {
    std::array<char, 4096> scratch;
    for (bool first = true;; first = false) {
        step_result made;
        if (workers == nullptr) {
            made = step(ssl_.get());
        } else if (first) {
            // A handshake may be refused at its start, but not once it has cost a signature.
            const auto ran = co_await workers->try_run(step_there(ssl_.get()));
            made = ran.value_or(step_result{false, asio::error::try_again});
        } else {
            made = co_await workers->run(step_there(ssl_.get()));
        }
        // Also after a failure: the alert has its reason.
        const io_result sent = co_await flush();
        if (made.error) {
            co_return made.error;
        }
        if (sent.error || made.done) {
            without_content_ = 0;
            co_return sent.error;
        }
        const error_code error = co_await feed(asio::buffer(scratch));
        if (error) {
            co_return error;
        }
    }
}

asio::awaitable<io_result> tls_channel::flush() {
    const std::string bytes = wire_.take_unsent();
    if (bytes.empty()) {
        co_return io_result();
    }
    const io_result sent = co_await plain_->write_all(asio::buffer(bytes));
    co_return sent;
}

asio::awaitable<error_code> tls_channel::feed(asio::mutable_buffer scratch) {
    const io_result got = co_await plain_->read_some(scratch);
    if (got.error == asio::error::eof) {
        // Without close_notify an attacker may have cut the connection.
        co_return error_code(asio::ssl::error::stream_truncated);
    }
    if (!got.error) {
        wire_.append_received({static_cast<const char*>(scratch.data()), got.bytes});
        without_content_ += got.bytes;
    }
    co_return got.error;
}

bool tls_channel::exceeds_limits() const noexcept {
    return without_content_ > most_without_content || wire_.unsent() > most_unsent;
}

bool tls_channel::nothing_pending() const noexcept {
    return SSL_has_pending(ssl_.get()) == 0 && wire_.all_read();
}

asio::awaitable<error_code> tls_channel::readable() {
    if (!nothing_pending()) {
        co_return error_code();
    }
    const error_code error = co_await plain_->readable();
    co_return error;
}

asio::awaitable<io_result> tls_channel::read_some(asio::mutable_buffer into) {
    for (;;) {
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), into.data(), as_int(into.size()));
        if (count > 0) {
            without_content_ = 0;
            co_return io_result{{}, static_cast<std::size_t>(count)};
        }
        const int state = SSL_get_error(ssl_.get(), count);
        if (state == SSL_ERROR_ZERO_RETURN) {
            co_return io_result{asio::error::eof, 0};
        }
        if (state != SSL_ERROR_WANT_READ) {
            co_return io_result{take_tls_error(), 0};
        }
        if (exceeds_limits()) {
            co_return io_result{make_error_code(boost::system::errc::protocol_error), 0};
        }
        // The caller's buffer serves for the encrypted bytes, too.
        const error_code error = co_await feed(into);
        if (error) {
            co_return io_result{error, 0};
        }
    }
}

asio::awaitable<io_result> tls_channel::write_all(asio::const_buffer from) {
    io_result done;
    while (done.bytes < from.size()) {
        const asio::const_buffer record = asio::buffer(from + done.bytes, record_size);
        ERR_clear_error();
        const int count = SSL_write(ssl_.get(), record.data(), as_int(record.size()));
        if (count <= 0) {
            done.error = take_tls_error();
            break;
        }
        const io_result sent = co_await flush();
        if (sent.error) {
            // The peer may have received a useless part of the record, or all of it: one byte says
            // that sending has begun.
            done.bytes += sent.bytes > 0 ? 1 : 0;
            done.error = sent.error;
            break;
        }
        done.bytes += static_cast<std::size_t>(count);
    }
    co_return done;
}

asio::awaitable<void> tls_channel::shutdown() {
    expires_at(std::min(deadline_, std::chrono::steady_clock::now() + shutdown_timeout));
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    co_await flush();
    co_await plain_->shutdown();
}

}  // namespace gateway::net
