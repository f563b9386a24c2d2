#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace gateway::net {

namespace asio = boost::asio;
using boost::system::error_code;
using steady_time = std::chrono::steady_clock::time_point;

// How many bytes moved, and why it stopped (no error: all that was asked for).
struct io_result {
    error_code error;
    std::size_t bytes = 0;
};

// One connected byte stream, plain TCP or TLS. The seam that keeps Beast and
// TLS templates out of everybody else and lets a test cut the wire after any
// byte. Loop thread only; one read and one write may be under way at a time.
class byte_stream {
public:
    virtual ~byte_stream() = default;

    // Waits until there is something to read, content or the end; the errors of read_some(), but
    // for the end. Who waits long needs no buffer meanwhile. A read may still have to wait (TLS).
    virtual asio::awaitable<error_code> readable() = 0;
    // Reads at least one byte; `asio::error::eof` at the end,
    // `asio::error::timed_out` past the deadline.
    virtual asio::awaitable<io_result> read_some(asio::mutable_buffer into) = 0;
    // Writes everything. `bytes` counts what the socket accepted, also when it
    // failed half way.
    virtual asio::awaitable<io_result> write_all(asio::const_buffer from) = 0;
    // Ends any operation at `deadline` with `timed_out`; a later deadline makes
    // the stream usable again (a server still answers 408). A stream past its
    // deadline with nothing under way is closed. `steady_time::max()`: never.
    virtual void expires_at(steady_time deadline) = 0;
    // Says goodbye in order (TLS close_notify, FIN), reads on for up to 2 s until the peer has
    // closed too, so that no reset destroys what was just written, and closes. Never fails.
    virtual asio::awaitable<void> shutdown() = 0;
    // Closes at once; whoever waits on the stream gets `operation_aborted`.
    virtual void close() noexcept = 0;
    // Closes with a TCP reset.
    virtual void reset() noexcept = 0;
    // False if the peer has closed, or sent something nobody asked for: an idle
    // connection in this state must not carry a request. Does not block, consumes
    // nothing.
    virtual bool quiet() noexcept = 0;
    // True if the peer sends no more, or is gone, whatever is still unread. Does not block,
    // consumes nothing.
    virtual bool hung_up() noexcept = 0;
    virtual std::string remote_address() const = 0;
};

using stream_ptr = std::unique_ptr<byte_stream>;

}  // namespace gateway::net
