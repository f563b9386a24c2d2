#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/worker_pool.hpp"
#include "net/byte_stream.hpp"
#include "net/tls_wire.hpp"

// What both ends of TLS have in common. Only for .cpp files of net/.

struct ssl_st;

namespace gateway::net {

struct ssl_free {
    void operator()(ssl_st* ssl) const noexcept;
};
using ssl_ptr = std::unique_ptr<ssl_st, ssl_free>;

// The oldest error OpenSSL has noted on this thread; forgets them all.
error_code take_tls_error();

// TLS over any byte_stream: OpenSSL works on memory, the stream below moves the bytes and keeps the
// deadline. So the bytes of a failed write are those a socket really accepted, and either end of
// TLS needs nothing but its SSL object. Reading never writes (what OpenSSL wants to say then goes
// out with the next write), so the rule of byte_stream, one read and one write at a time, holds
// below too. A peer that sends records without content, or asks for answers to them, for too long
// gets a `protocol_error`.
class tls_channel final : public byte_stream {
public:
    // `ssl` knows which end it is; `received` has been read from `plain` already.
    tls_channel(stream_ptr plain, ssl_ptr ssl, std::string_view received = {});

    // With `workers`, OpenSSL's part of each step (signing above all) runs there: nothing else may
    // use the stream until the handshake has ended. `try_again` if their queue is full already.
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
    // Sends what OpenSSL has to say.
    asio::awaitable<io_result> flush();
    // Reads from below through `scratch`.
    asio::awaitable<error_code> feed(asio::mutable_buffer scratch);
    bool talks_too_much() const noexcept;
    // OpenSSL has no byte from the peer that nobody has read.
    bool nothing_pending() const noexcept;

    stream_ptr plain_;
    tls_wire wire_;
    ssl_ptr ssl_;                      // reads and writes wire_
    std::size_t without_content_ = 0;  // bytes read since the last content
    steady_time deadline_ = steady_time::max();
};

}  // namespace gateway::net
