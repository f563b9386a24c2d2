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

// How many bytes moved, and why no more did (no error: the whole operation succeeded).
struct io_result {
    error_code error;
    std::size_t bytes = 0;
};

// One connected byte stream, plain TCP or TLS. The interface keeps Beast and TLS templates out of
// all other files and lets a test cut the connection after any byte. Loop thread only; one read and
// one write may be pending at a time.
class byte_stream {
public:
    virtual ~byte_stream() = default;

    // Waits until bytes or the end of the stream can be read, so that an idle connection needs no
    // buffer. Errors are those of read_some(), without eof. A read may still have to wait (TLS).
    virtual asio::awaitable<error_code> readable() = 0;
    // Reads at least one byte; `asio::error::eof` at the end,
    // `asio::error::timed_out` past the deadline.
    virtual asio::awaitable<io_result> read_some(asio::mutable_buffer into) = 0;
    // Writes everything. `bytes` counts what the socket accepted, also when the write failed half
    // way.
    virtual asio::awaitable<io_result> write_all(asio::const_buffer from) = 0;
    // Ends any pending operation at `deadline` with `timed_out`; a later deadline makes the stream
    // usable again (a server still answers 408). A stream without a pending operation is closed at
    // its deadline. `steady_time::max()`: no deadline.
    virtual void expires_at(steady_time deadline) = 0;
    // Sends the orderly end (TLS close_notify, FIN), reads on for up to 2 s until the peer has
    // closed too, so that no reset destroys what was just written, and closes. Never fails.
    virtual asio::awaitable<void> shutdown() = 0;
    // Closes at once; pending operations end with `operation_aborted`.
    virtual void close() noexcept = 0;
    // Closes with a TCP reset.
    virtual void reset() noexcept = 0;
    // False if the peer has closed or has sent unsolicited bytes: such an idle connection must not
    // carry a request. Does not block, consumes nothing.
    virtual bool quiet() noexcept = 0;
    // True if the peer has closed its sending side or the connection, even with bytes unread. Does
    // not block, consumes nothing.
    virtual bool hung_up() noexcept = 0;
    virtual std::string remote_address() const = 0;
};

using stream_ptr = std::unique_ptr<byte_stream>;

}  // namespace gateway::net
