#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "net/memory_budget.hpp"

// The server's half of HTTP/1.1 over a byte_stream: strict reading,
// pipelining-safe buffering, writing.

namespace gateway::net {

struct request_limits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t body_bytes = 256 * 1024;
    std::chrono::milliseconds idle{60'000};    // for the first byte of a request
    std::chrono::milliseconds header{10'000};  // from the first byte to the end of the header
    std::chrono::milliseconds body{20'000};    // from the end of the header to the end of the body
};

// Why no request came out. Everything but `closed` deserves an answer with
// `status` and then a close.
struct request_fault {
    enum class kind {
        closed,            // the peer went away (or stayed silent past `idle`) between two
                           // requests: no answer
        timeout,           // 408: began a request and did not finish in time
        malformed,         // 400: not HTTP/1.1 as RFC 9112 wants it
        header_too_large,  // 431
        body_too_large,    // 413
        not_supported,     // 505 version, 501 transfer coding
        saturated,         // 503: no memory left for the request now
    };
    kind what = kind::closed;
    unsigned status = 0;
    std::string detail;  // one sentence for the problem's `detail`
};

// Reads requests one after another from one connection. Bytes past a request
// (pipelining) stay in the buffer for the next. Refuses what smuggles: two
// lengths, length with chunked, any coding but a lone `chunked`, missing or
// double Host, obsolete folding, bare CR or LF (RFC 9112 §2.2, §5.2, §6.1,
// §6.3). `Expect: 100-continue` is answered. After a fault nothing more is read: `closed`.
// Owns the stream's deadline while it reads: none is set after a request, five seconds for the
// answer after a fault.
class request_reader {
public:
    // A request takes its memory from `memory` (but for the first 8 KiB) from its first byte until
    // request_done(); until it is complete it may have to give way to others, by closing the
    // stream. Both must outlive the reader.
    explicit request_reader(byte_stream& stream, memory_budget* memory = nullptr);
    ~request_reader();
    request_reader(request_reader&&) = delete;

    // Waits for the first byte of the next request and holds nothing meanwhile: for who has many
    // connections. What ended the wait, if no byte came, read() tells.
    asio::awaitable<void> wait(const request_limits& limits);
    // Waits too, if nobody has.
    asio::awaitable<std::variant<http_request, request_fault>> read(const request_limits& limits);
    // What the last read() gave is not held any more. Also implied by the next.
    void request_done();
    // No byte of the next request has been read.
    bool idle() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

struct write_options {
    bool head = false;     // the request was HEAD: headers only, with the length the
                           // body would have
    bool chunked = false;  // for the simulator: the body as chunks instead of with a length
};

// Serialises status line, Date, Content-Length (or chunked), Connection and the
// given headers, and writes them with the body in one go.
asio::awaitable<io_result> write_response(
    byte_stream& stream, const http_response& response, write_options options = {}
);
// The same bytes, for whoever writes them itself (the simulator's trickle and
// cut faults).
std::string serialize(const http_response& response, write_options options = {});

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace gateway::net
