#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "base/redacted_text.hpp"
#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "net/memory_budget.hpp"

// The server's half of HTTP/1.1 over a byte_stream: strict reading, pipelining-safe buffering,
// writing.

namespace gateway::net {

struct request_limits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t body_bytes = 256 * 1024;
    std::chrono::milliseconds idle{60'000};    // for the first byte of a request
    std::chrono::milliseconds header{10'000};  // from the first byte to the end of the header
    std::chrono::milliseconds body{20'000};    // from the end of the header to the end of the body
};

// Why there is no request. Every kind but `closed` is answered with `status`, then the connection
// is closed.
struct request_fault {
    enum class kind {
        closed,            // the peer closed, or sent nothing for `idle`, between two requests
        timeout,           // 408: the rest of a request did not arrive in time
        malformed,         // 400: violates RFC 9112
        header_too_large,  // 431
        body_too_large,    // 413
        not_supported,     // 505 version, 501 transfer coding
        saturated,         // 503: the memory budget has no share for the request now
    };
    kind what = kind::closed;
    unsigned status = 0;
    base::redacted_text detail;  // one sentence for the problem's `detail`
    header_list headers{};       // of the request, as far as they were understood
};

// Reads requests one after another from one connection. Bytes behind a request (pipelining) stay in
// the buffer for the next. Refuses request smuggling: two lengths, length with chunked, any coding
// but a lone `chunked`, missing or double Host, obsolete folding, bare CR or LF (RFC 9112 §2.2,
// §5.2, §6.1, §6.3). `Expect: 100-continue` is answered. After a fault nothing more is read:
// `closed`. Sets the stream's deadline: none after a request, five seconds for the answer after a
// fault.
class request_reader {
public:
    // A request takes its memory (but for the first 8 KiB) from `memory`, from its first byte until
    // request_done(). Until it is complete the budget may evict it, which closes the stream. Both
    // must outlive the reader.
    explicit request_reader(byte_stream& stream, memory_budget* memory = nullptr);
    ~request_reader();
    request_reader(request_reader&&) = delete;

    // Waits for the first byte of the next request without a buffer, so that idle connections cost
    // little. If no byte came, read() returns the fault.
    asio::awaitable<void> wait(const request_limits& limits);
    // Includes wait() unless it was called.
    asio::awaitable<std::variant<http_request, request_fault>> read(const request_limits& limits);
    // The memory of the last request is released. The next wait() implies it.
    void request_done();
    // No byte of the next request has been read.
    bool idle() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

struct write_options {
    bool head = false;     // the request was HEAD: the header with the body's length, no body
    bool chunked = false;  // for the simulator: the body in chunks instead of with a length
};

// Serialises status line, Date, Content-Length (or chunked), Connection and the given headers, and
// writes them with the body in one operation.
asio::awaitable<io_result> write_response(
    byte_stream& stream, const http_response& response, write_options options = {}
);
// The same bytes, for a caller that writes them itself (the simulator's trickle and cut faults).
std::string serialize(const http_response& response, write_options options = {});

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace gateway::net
