#include "net/response_reader.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace gateway::net {

namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t read_size = 8 * 1024;
constexpr std::uint64_t most_reserved = 16 * 1024;

}  // namespace

asio::awaitable<error_code> response_reader::read() {
    for (;;) {
        const progress made = parse();
        if (made == progress::complete) {
            co_return error_code();
        }
        if (made == progress::failed) {
            co_return error_;
        }
        const asio::mutable_buffer space = buffer_.prepare(read_size);
        const io_result got = co_await stream_.read_some(space);
        buffer_.commit(got.bytes);
        if (got.error) {
            co_return on_end(got.error) == progress::complete ? error_code() : error_;
        }
    }
}

response_reader::progress response_reader::parse() {
    began_ = began_ || !buffer_.empty();
    if (!in_body_) {
        const progress made = parse_head();
        if (made != progress::complete) {
            return made;
        }
        in_body_ = true;
        const progress begun = begin_body();
        if (begun != progress::more) {
            return begun;
        }
    }
    return parse_body();
}

response_reader::progress response_reader::parse_head() {
    const std::string_view bytes = buffer_.pending();
    const response_head::progress made = head_.read(bytes);
    if (made == response_head::progress::malformed) {
        return fail(beast_http::error::bad_version, "it is no answer of HTTP/1");
    }
    const bool complete = made == response_head::progress::complete;
    if ((complete ? head_.size() : bytes.size()) > limits_.header_bytes) {
        return fail(beast_http::error::header_limit, "its header is too large");
    }
    if (complete) {
        buffer_.consume(head_.size());
    }
    return complete ? progress::complete : progress::more;
}

// `more`: a body follows.
response_reader::progress response_reader::begin_body() {
    const auto framing = framing_of(head_, to_head_);
    if (!framing) {
        return fail(
            beast_http::error::bad_transfer_encoding, "its header leaves open where it ends"
        );
    }
    const bool until_close = framing->how == body_framing::kind::until_close;
    keep_alive_ = !until_close && !head_.lenient() && head_.keep_alive();
    response_.status = head_.status();
    response_.headers = head_.take_headers();
    response_.keep_alive = keep_alive_;
    switch (framing->how) {
        case body_framing::kind::none:
            return progress::complete;
        case body_framing::kind::sized:
            if (framing->length > limits_.body_bytes) {
                return fail(beast_http::error::body_limit, "its body is too large");
            }
            body_ = body_decoder::sized(framing->length);
            // A large length alone allocates no memory.
            response_.body.reserve(static_cast<std::size_t>(std::min(framing->length, most_reserved)
            ));
            break;
        case body_framing::kind::chunked:
            body_ = body_decoder::chunked_answer({limits_.body_bytes, limits_.header_bytes});
            break;
        case body_framing::kind::until_close:
            break;
    }
    return progress::more;
}

response_reader::progress response_reader::parse_body() {
    if (!body_) {
        const std::string_view piece = buffer_.pending();
        response_.body.append(piece);
        buffer_.consume(piece.size());
        const bool fits = response_.body.size() <= limits_.body_bytes;
        return fits ? progress::more : fail(beast_http::error::body_limit, "its body is too large");
    }
    switch (body_->decode(buffer_, response_.body)) {
        case body_decoder::progress::more:
            return progress::more;
        case body_decoder::progress::complete:
            break;
        case body_decoder::progress::malformed:
            return fail(beast_http::error::bad_chunk, std::string(body_->complaint()));
        case body_decoder::progress::too_large:
            return fail(beast_http::error::body_limit, "its body is too large");
    }
    keep_alive_ = keep_alive_ && !body_->lenient();
    response_.keep_alive = keep_alive_;
    return progress::complete;
}

response_reader::progress response_reader::fail(error_code error, std::string complaint) {
    error_ = error;
    complaint_ = std::move(complaint);
    return progress::failed;
}

// The stream has ended, in order or not.
response_reader::progress response_reader::on_end(const error_code& error) {
    broke_off_ = true;
    if (error != asio::error::eof || !began_) {
        return fail(error, error.message());
    }
    if (in_body_ && !body_) {
        broke_off_ = false;
        return progress::complete;
    }
    return fail(beast_http::error::partial_message, "the connection was closed");
}

}  // namespace gateway::net
