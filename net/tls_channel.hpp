#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/worker_pool.hpp"
#include "net/byte_stream.hpp"
#include "net/tls_wire.hpp"

// TLS over a byte_stream, for clients and servers. Only for .cpp files of net/.

struct ssl_st;

namespace gateway::net {

struct ssl_free {
    void operator()(ssl_st* ssl) const noexcept;
};
using ssl_ptr = std::unique_ptr<ssl_st, ssl_free>;

// The oldest error in OpenSSL's queue of this thread; clears the queue.
error_code take_tls_error();

// TLS over any byte_stream: OpenSSL works on memory, the stream below transfers the bytes and keeps
// the deadline. So the bytes of a failed write are those that a socket accepted, and client and
// server differ only in their SSL object. A read never writes (OpenSSL's answers are sent with the
// next write), so that the rule of byte_stream, one read and one write at a time, also holds for
// the stream below. After too many records without content, or requests for answers to them, the
// peer gets a `protocol_error`.
class tls_channel final : public byte_stream {
public:
    // `ssl` is set to connect or to accept; `received` has been read from `plain` already.
    tls_channel(stream_ptr plain, ssl_ptr ssl, std::string_view received = {});

    // With `workers`, the computations of OpenSSL (signing above all) run there; the stream must
    // not be used until the handshake has ended. `try_again` if the queue of `workers` is full.
    asio::awaitable<error_code> handshake(base::worker_pool* workers = nullptr);
    ssl_st* ssl() const noexcept { return ssl_.get(); }

    asio::awaitable<error_code> readable() override;
    asio::awaitable<io_result> read_some(asio::mutable_buffer into) override;
    asio::awaitable<io_result> write_all(asio::const_buffer from) override;
    void expires_at(steady_time deadline) override;
    asio::awaitable<void> shutdown() override;
    void close() noexcept override { plain_->close(); }
    void reset() noexcept override { plain_->reset(); }
    bool quiet() noexcept override;
    bool hung_up() noexcept override { return plain_->hung_up(); }
    std::string remote_address() const override { return plain_->remote_address(); }

private:
    // Sends the records that OpenSSL has written.
    asio::awaitable<io_result> flush();
    // Reads records from below through `scratch`.
    asio::awaitable<error_code> feed(asio::mutable_buffer scratch);
    bool exceeds_limits() const noexcept;
    // All bytes received from the peer have been read.
    bool nothing_pending() const noexcept;

    stream_ptr plain_;
    tls_wire wire_;
    ssl_ptr ssl_;                      // reads and writes wire_
    std::size_t without_content_ = 0;  // bytes read since the last content
    steady_time deadline_ = steady_time::max();
};

}  // namespace gateway::net
