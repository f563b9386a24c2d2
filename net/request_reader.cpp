#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <utility>
#include <variant>

#include "net/body_decoder.hpp"
#include "net/head_scanner.hpp"
#include "net/http_server.hpp"
#include "net/input_buffer.hpp"
#include "net/message_parser.hpp"
#include "net/request_rules.hpp"

namespace gateway::net {

namespace {

using clock = std::chrono::steady_clock;
using base::fixed_text;
using kind = request_fault::kind;
using maybe_fault = std::optional<request_fault>;

// Holds most requests whole.
constexpr std::size_t small_buffer = 2 * 1024;
// For a body that arrives fast.
constexpr std::size_t large_buffer = 16 * 1024;
// Bytes that a request may hold without a share of the memory budget.
constexpr std::size_t free_request = 8 * 1024;
// Far more than clients send; each field costs memory beside its text.
constexpr std::size_t most_fields = 128;
// Chunk extensions and trailer fields, which are dropped.
constexpr std::size_t most_aside = 4 * 1024;
// For writing the answer to a refused request.
constexpr auto answer_grace = std::chrono::seconds(5);

request_fault closed() {
    return {kind::closed, 0, {}};
}

request_fault header_too_large(const request_limits& limits) {
    const auto limit = base::redacted_text::number(limits.header_bytes);
    return {
        kind::header_too_large,
        431,
        fixed_text("The request header exceeds ") + limit + fixed_text(" bytes.")
    };
}

request_fault too_many_fields() {
    const auto limit = base::redacted_text::number(most_fields);
    return {
        kind::header_too_large,
        431,
        fixed_text("The request has more than ") + limit + fixed_text(" header fields.")
    };
}

request_fault saturated() {
    return {
        kind::saturated, 503, base::redacted_text("There is no memory for this request just now.")
    };
}

request_fault body_too_large(const request_limits& limits) {
    const auto limit = base::redacted_text::number(limits.body_bytes);
    return {
        kind::body_too_large,
        413,
        fixed_text("The request body exceeds ") + limit + fixed_text(" bytes.")
    };
}

request_fault explain(const error_code& error, const request_limits& limits) {
    return error == beast_http::error::body_limit
               ? body_too_large(limits)
               : malformed(base::redacted_text::message_of(error));
}

// The fault of a head of which `pending` bytes have arrived.
maybe_fault fault_of(
    const head_scanner& scanner,
    head_scanner::progress made,
    std::size_t pending,
    const request_limits& limits
) {
    using progress = head_scanner::progress;
    if (made == progress::malformed) {
        return malformed(scanner.complaint());
    }
    if (made == progress::bad_version) {
        return request_fault{
            kind::not_supported,
            505,
            base::redacted_text("Only HTTP/1.1 and HTTP/1.0 are supported.")
        };
    }
    if (scanner.fields() > most_fields) {
        return too_many_fields();
    }
    const std::size_t size = made == progress::complete ? scanner.size() : pending + 1;
    if (size > limits.header_bytes) {
        return header_too_large(limits);
    }
    return std::nullopt;
}

// The connection failed inside a head.
request_fault broken_head(error_code error) {
    if (error == asio::error::timed_out) {
        return {
            kind::timeout, 408, base::redacted_text("The request header did not arrive in time.")
        };
    }
    if (error == asio::error::eof) {
        return malformed("the connection ended inside the header");
    }
    return closed();
}

// `parser` has read a head with a body behind it.
body_decoder decoder_for(const request_parser& parser, const request_limits& limits) {
    if (!parser.chunked()) {
        return body_decoder::sized(parser.content_length().value_or(0));
    }
    return body_decoder::chunked({limits.body_bytes, std::min(limits.header_bytes, most_aside)});
}

bool expects_continue(const http_request& request) {
    const auto expect = request.headers.find("Expect");
    return expect && request.version >= 11 && equal_ignoring_case(*expect, "100-continue");
}

}  // namespace

struct request_reader::state {
    state(byte_stream& s, memory_budget* all) : stream(s) {
        if (all != nullptr) {
            memory.emplace(*all, [&s] { s.close(); });
        }
    }

    asio::awaitable<maybe_fault> read_head(
        http_request& request, request_parser& parser, const request_limits& limits
    );
    asio::awaitable<maybe_fault> read_body(
        http_request& request, body_decoder decoder, const request_limits& limits
    );
    // Resizes the budget's share to what the incomplete request holds.
    bool has_memory_for(const http_request& request);
    void request_ended(bool complete);
    asio::awaitable<io_result> fill(steady_time deadline, std::size_t space);
    void skip_empty_lines();

    byte_stream& stream;
    input_buffer buffer;
    std::optional<memory_budget::share> memory;
    steady_time idle_until;  // set by wait()
    bool waited = false;     // for the request that is read next
    bool began = false;      // a byte of the next request has been read
    bool refused = false;    // after a fault, where the next request would begin is unknown
};

request_reader::request_reader(byte_stream& stream, memory_budget* memory)
    : state_(std::make_unique<state>(stream, memory)) {}

request_reader::~request_reader() = default;

bool request_reader::idle() const noexcept {
    return !state_->began && state_->buffer.empty();
}

void request_reader::request_done() {
    if (state_->memory) {
        state_->memory->release();
        state_->memory->waits_for_peer(true);
        state_->has_memory_for({});
    }
}

asio::awaitable<void> request_reader::wait(const request_limits& limits) {
    if (state_->refused || state_->waited) {
        co_return;
    }
    state_->waited = true;
    state_->idle_until = clock::now() + limits.idle;
    request_done();
    if (state_->buffer.empty()) {
        state_->buffer = input_buffer();
        state_->stream.expires_at(state_->idle_until);
        co_await state_->stream.readable();
    }
}

asio::awaitable<std::variant<http_request, request_fault>> request_reader::read(
    const request_limits& limits
) {
    if (state_->refused) {
        co_return closed();
    }
    co_await wait(limits);
    http_request request;
    request_parser parser(request);
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);

    maybe_fault fault = co_await state_->read_head(request, parser, limits);
    if (!fault && !parser.is_done()) {
        if (expects_continue(request) && state_->buffer.empty()) {
            constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
            state_->stream.expires_at(clock::now() + limits.body);
            co_await state_->stream.write_all(asio::buffer(interim));
        }
        fault = co_await state_->read_body(request, decoder_for(parser, limits), limits);
    }
    state_->request_ended(!fault);
    if (fault) {
        state_->refused = true;
        state_->stream.expires_at(clock::now() + answer_grace);
        fault->headers = std::move(request.headers);
        co_return std::move(*fault);
    }
    state_->began = false;
    state_->stream.expires_at(steady_time::max());
    request.keep_alive = parser.keep_alive();
    co_return std::move(request);
}

asio::awaitable<maybe_fault> request_reader::state::read_head(
    http_request& request, request_parser& parser, const request_limits& limits
) {
    head_scanner scanner;
    began = !buffer.empty();
    waited = false;
    steady_time deadline = began ? clock::now() + limits.header : idle_until;
    for (;;) {
        if (scanner.size() == 0) {
            skip_empty_lines();
        }
        const auto made = scanner.scan(buffer.pending());
        if (auto fault = fault_of(scanner, made, buffer.pending().size(), limits)) {
            co_return fault;
        }
        if (made == head_scanner::progress::complete) {
            break;
        }
        if (!has_memory_for(request)) {
            co_return saturated();
        }
        const io_result got = co_await fill(deadline, small_buffer / 2);
        if (!began && !got.error) {
            began = true;
            deadline = clock::now() + limits.header;
        }
        if (got.error) {
            co_return buffer.empty() ? closed() : broken_head(got.error);
        }
    }
    error_code error;
    const std::string_view head = buffer.pending().substr(0, scanner.size());
    buffer.consume(parser.put(asio::buffer(head), error));
    if (error && error != beast_http::error::need_more) {
        co_return explain(error, limits);
    }
    co_return apply_request_rules(request);
}

asio::awaitable<maybe_fault> request_reader::state::read_body(
    http_request& request, body_decoder decoder, const request_limits& limits
) {
    using progress = body_decoder::progress;
    const steady_time deadline = clock::now() + limits.body;
    std::size_t space = small_buffer;
    for (;;) {
        const progress made = decoder.decode(buffer, request.body);
        if (made == progress::malformed) {
            co_return malformed(decoder.complaint());
        }
        if (made == progress::too_large) {
            co_return body_too_large(limits);
        }
        buffer.relax(small_buffer);
        if (!has_memory_for(request)) {
            co_return saturated();
        }
        if (made == progress::complete) {
            co_return std::nullopt;
        }
        const io_result got = co_await fill(deadline, space);
        // A slow sender gets no large buffer.
        space = got.bytes >= space ? large_buffer : small_buffer;
        if (got.error == asio::error::timed_out) {
            co_return request_fault{
                kind::timeout, 408, base::redacted_text("The request body did not arrive in time.")
            };
        }
        if (got.error == asio::error::eof) {
            co_return malformed("the connection ended inside the body");
        }
        if (got.error) {
            co_return closed();
        }
    }
}

bool request_reader::state::has_memory_for(const http_request& request) {
    const std::size_t held = buffer.capacity() + request.headers.memory() + request.body.capacity();
    return !memory || memory->resize(held - std::min(held, free_request));
}

void request_reader::state::request_ended(bool complete) {
    buffer.relax(small_buffer);
    if (memory) {
        memory->waits_for_peer(false);
    }
    if (memory && !complete) {
        buffer = input_buffer();
        memory->release();
    }
}

asio::awaitable<io_result> request_reader::state::fill(steady_time deadline, std::size_t space) {
    stream.expires_at(deadline);
    const asio::mutable_buffer free = buffer.prepare(space);
    const io_result got = co_await stream.read_some(free);
    buffer.commit(got.bytes);
    co_return got;
}

// A client may have sent one line end too many after its last body (RFC 9112 §2.2).
void request_reader::state::skip_empty_lines() {
    while (buffer.pending().starts_with("\r\n")) {
        buffer.consume(2);
    }
}

}  // namespace gateway::net
