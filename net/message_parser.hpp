#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string_view>

#include "net/http_message.hpp"

// Beast's parser, writing directly into our message values. Only for .cpp files of net/ (Beast
// headers).

namespace gateway::net {

namespace beast_http = boost::beast::http;

// Parses only the head of a request; body_decoder decodes the body.
class request_parser final : public beast_http::basic_parser<true> {
public:
    using error_code = boost::beast::error_code;
    using view = boost::beast::string_view;

    // The request must outlive the parser.
    explicit request_parser(http_request& request) : request_(request) { eager(true); }

private:
    void on_request_impl(beast_http::verb, view method, view target, int version, error_code&)
        override {
        request_.method = std::string_view(method);
        request_.target = std::string_view(target);
        request_.version = static_cast<unsigned>(version);
    }
    void on_field_impl(beast_http::field, view name, view value, error_code&) override {
        request_.headers.add(name, value);
    }
    void on_header_impl(error_code&) override {}
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, view, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view, error_code&) override { return 0; }

    http_request& request_;
};

}  // namespace gateway::net
