#include "net/http_exchange.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "net/input_buffer.hpp"
#include "net/message_parser.hpp"

namespace gateway::net {

namespace {

constexpr std::size_t read_size = 8 * 1024;
// Interim (1xx) answers before the final one; no server has reason to send so many.
constexpr int interim_limit = 8;

// Characters that would end a line, and with it a field.
bool breaks_line(std::string_view text) {
    constexpr std::string_view breaking("\r\n\0", 3);
    return text.find_first_of(breaking) != std::string_view::npos;
}

// A method, target or field name also ends at a space.
bool breaks_word(std::string_view text) {
    return text.empty() || breaks_line(text) || text.find_first_of(" \t") != std::string_view::npos;
}

bool well_formed(const http_request& request, std::string_view target) {
    return !breaks_word(request.method) && !breaks_word(target) &&
           std::ranges::none_of(request.headers, [](const header_list::field& f) {
               return breaks_word(f.name) || f.name.find(':') != std::string::npos ||
                      breaks_line(f.value);
           });
}

// One response, read from `stream` through `buffer`.
class response_reader {
public:
    response_reader(byte_stream& stream, input_buffer& buffer, bool head, exchange_limits limits)
        : stream_(stream),
          buffer_(buffer),
          limits_(limits),
          parser_(response_, limits.header_bytes) {
        // Eager only behind the head, so that the bytes of the head can be counted.
        parser_.eager(false);
        parser_.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        parser_.body_limit(limits.body_bytes);
        parser_.skip(head);
    }

    // Reads until the response is complete or can't become so.
    asio::awaitable<error_code> read();

    http_response& response() noexcept { return response_; }
    bool keep_alive() const { return parser_.keep_alive(); }
    // At least one byte of this response has been read.
    bool began() const { return parser_.got_some(); }

private:
    error_code parse();
    error_code check_head() const;

    byte_stream& stream_;
    input_buffer& buffer_;
    exchange_limits limits_;
    http_response response_;
    response_parser parser_;
    std::size_t head_bytes_ = 0;
    bool head_checked_ = false;
};

asio::awaitable<error_code> response_reader::read() {
    for (;;) {
        if (const error_code error = parse()) {
            co_return error;
        }
        if (parser_.is_done()) {
            co_return error_code();
        }
        const asio::mutable_buffer space = buffer_.prepare(read_size);
        const io_result got = co_await stream_.read_some(space);
        buffer_.commit(got.bytes);
        if (got.error == asio::error::eof && parser_.got_some()) {
            error_code error;
            parser_.put_eof(error);
            co_return error;
        }
        if (got.error) {
            co_return got.error;
        }
    }
}

error_code response_reader::parse() {
    while (!parser_.is_done() && parser_.wants(buffer_.pending().size())) {
        error_code error;
        const bool in_head = !parser_.is_header_done();
        const std::size_t used = parser_.put(asio::buffer(buffer_.pending()), error);
        buffer_.consume(used);
        if (in_head) {
            head_bytes_ += used;
            const std::size_t rest = parser_.is_header_done() ? 0 : buffer_.pending().size();
            if (head_bytes_ + rest > limits_.header_bytes) {
                return beast_http::error::header_limit;
            }
        }
        if (error && error != beast_http::error::need_more) {
            return error;
        }
        if (parser_.is_header_done() && !head_checked_) {
            head_checked_ = true;
            parser_.eager(true);
            if (const error_code refused = check_head()) {
                return refused;
            }
            continue;
        }
        if (error == beast_http::error::need_more) {
            // Only an unfinished line is left in the buffer.
            const bool too_long = buffer_.pending().size() > limits_.header_bytes;
            return too_long ? error_code(beast_http::error::header_limit) : error_code();
        }
    }
    return {};
}

// Beast reads an unknown transfer coding as no coding at all, and the coded bytes as the body.
error_code response_reader::check_head() const {
    const std::size_t codings = response_.headers.count("Transfer-Encoding");
    const auto coding = response_.headers.find("Transfer-Encoding");
    if (codings > 1 || (codings == 1 && !equal_ignoring_case(*coding, "chunked"))) {
        return beast_http::error::bad_transfer_encoding;
    }
    return {};
}

exchange_result failed(send_phase phase, const error_code& error, std::string_view doing) {
    exchange_result result;
    result.outcome.phase = phase;
    result.outcome.error = error;
    result.outcome.detail = std::string(doing) + ": " + error.message();
    return result;
}

asio::awaitable<exchange_result> read_answer(
    byte_stream& stream, bool head, exchange_limits limits
) {
    input_buffer buffer;
    for (int interim = 0; interim <= interim_limit; ++interim) {
        response_reader reader(stream, buffer, head, limits);
        const error_code error = co_await reader.read();
        if (error) {
            constexpr std::string_view nothing = "no answer came";
            co_return failed(
                send_phase::maybe_sent, error, reader.began() ? "the answer broke off" : nothing
            );
        }
        const unsigned status = reader.response().status;
        if (status == 101) {
            break;
        }
        if (status >= 200) {
            exchange_result result;
            result.outcome.phase = send_phase::answered;
            result.reusable = reader.keep_alive() && buffer.empty();
            result.outcome.response = std::move(reader.response());
            result.outcome.response.keep_alive = reader.keep_alive();
            co_return result;
        }
    }
    const error_code error = beast_http::error::bad_status;
    co_return failed(send_phase::maybe_sent, error, "only interim answers came");
}

}  // namespace

std::optional<std::string> serialize(const http_request& request, const origin& where) {
    const std::string& target = request.target.empty() ? where.target : request.target;
    if (!well_formed(request, target)) {
        return std::nullopt;
    }
    std::string out;
    out.reserve(512 + request.body.size());
    out.append(request.method).append(" ").append(target).append(" HTTP/1.1\r\n");
    out.append("Host: ").append(where.authority()).append("\r\n");
    for (const auto& [name, value] : request.headers) {
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    out.append("Connection: keep-alive\r\n\r\n").append(request.body);
    return out;
}

asio::awaitable<exchange_result> run_exchange(
    byte_stream& stream, std::string_view request, bool head, exchange_limits limits
) {
    const io_result sent = co_await stream.write_all(asio::buffer(request));
    if (sent.error) {
        const send_phase phase = sent.bytes == 0 ? send_phase::not_sent : send_phase::maybe_sent;
        co_return failed(phase, sent.error, "sending the request");
    }
    exchange_result result = co_await read_answer(stream, head, limits);
    co_return result;
}

}  // namespace gateway::net
