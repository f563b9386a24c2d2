#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

// Beast's parser, writing directly into our message values. Only for .cpp files of net/ (Beast
// headers).

namespace gateway::net {

namespace beast_http = boost::beast::http;

// Header fields, the same for both directions. Trailer fields are dropped: no decision may depend
// on a field behind the body (RFC 9110 §6.5.1).
template <bool is_request>
class head_parser : public beast_http::basic_parser<is_request> {
public:
    using error_code = boost::beast::error_code;
    using view = boost::beast::string_view;

    // `headers` must outlive the parser.
    explicit head_parser(header_list& headers) : headers_(headers) { this->eager(true); }

protected:
    void on_field_impl(beast_http::field, view name, view value, error_code&) override {
        if (!header_done_) {
            headers_.add(name, value);
        }
    }
    void on_header_impl(error_code&) override { header_done_ = true; }
    void on_finish_impl(error_code&) override {}

private:
    header_list& headers_;
    bool header_done_ = false;
};

// Parses only the head of a request; body_decoder decodes the body.
class request_parser final : public head_parser<true> {
public:
    // The request must outlive the parser.
    explicit request_parser(http_request& request)
        : head_parser(request.headers), request_(request) {}

private:
    void on_request_impl(beast_http::verb, view method, view target, int version, error_code&)
        override {
        request_.method = std::string_view(method);
        request_.target = std::string_view(target);
        request_.version = static_cast<unsigned>(version);
    }
    void on_response_impl(int, view, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view, error_code&) override { return 0; }

    http_request& request_;
};

class response_parser final : public head_parser<false> {
public:
    // The response must outlive the parser. `extension_limit` bounds the chunk extensions of one
    // body together.
    response_parser(http_response& response, std::size_t extension_limit)
        : head_parser(response.headers),
          response_(response),
          extension_bytes_left_(extension_limit) {}

    // False: put() must not be called before more bytes have arrived. A debug build of Beast 1.81
    // aborts on a last chunk in several pieces; the rest of a chunked body is always at least
    // "0 CRLF CRLF", so that waiting for it is safe.
    bool wants(std::size_t pending) const {
        const bool chunks = is_header_done() && chunked();
        return pending >= (chunks ? 5 : 1);
    }

private:
    void on_request_impl(beast_http::verb, view, view, int, error_code&) override {}
    void on_response_impl(int status, view, int, error_code&) override {
        response_.status = static_cast<unsigned>(status);
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& content_length, error_code&)
        override {
        // A large Content-Length alone allocates no memory.
        constexpr std::uint64_t most_reserved = 16 * 1024;
        response_.body.reserve(
            static_cast<std::size_t>(std::min(content_length.value_or(0), most_reserved))
        );
    }

    std::size_t on_body_impl(view piece, error_code&) override {
        response_.body.append(piece.data(), piece.size());
        return piece.size();
    }

    void on_chunk_header_impl(std::uint64_t, view extensions, error_code& error) override {
        if (extensions.size() > extension_bytes_left_) {
            error = beast_http::error::bad_chunk_extension;
            return;
        }
        extension_bytes_left_ -= extensions.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, view piece, error_code&) override {
        response_.body.append(piece.data(), piece.size());
        return piece.size();
    }

    http_response& response_;
    std::size_t extension_bytes_left_;
};

}  // namespace gateway::net
