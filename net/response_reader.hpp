#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "net/body_decoder.hpp"
#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "net/input_buffer.hpp"
#include "net/response_head.hpp"

namespace gateway::net {

struct exchange_limits {
    std::size_t header_bytes = 32 * 1024;
    std::size_t body_bytes = 1024 * 1024;
};

// Reads one response from `stream` through `buffer`, as leniently as is unambiguous
// (response_head; chunks: body_decoder). Only for http_exchange.cpp and its tests.
class response_reader {
public:
    // All must outlive the reader. `to_head`: the response has no body whatever its header says.
    response_reader(byte_stream& stream, input_buffer& buffer, bool to_head, exchange_limits limits)
        : stream_(stream), buffer_(buffer), to_head_(to_head), limits_(limits) {}

    // Reads until the response is complete or can't become so; then complaint() says why.
    asio::awaitable<error_code> read();

    http_response& response() noexcept { return response_; }
    // The connection may carry another request as far as the response says.
    bool keep_alive() const noexcept { return keep_alive_; }
    // At least one byte of this response has been read.
    bool began() const noexcept { return began_; }
    // Of a failed read: the bytes so far were well, but the rest did not come.
    bool broke_off() const noexcept { return broke_off_; }
    const std::string& complaint() const noexcept { return complaint_; }

private:
    enum class progress { more, complete, failed };

    progress parse();
    progress parse_head();
    progress begin_body();
    progress parse_body();
    progress fail(error_code error, std::string complaint);
    progress on_end(const error_code& error);

    byte_stream& stream_;
    input_buffer& buffer_;
    bool to_head_;
    exchange_limits limits_;
    http_response response_;
    response_head head_;
    std::optional<body_decoder> body_;  // of a sized or chunked body
    bool in_body_ = false;
    bool keep_alive_ = false;
    bool began_ = false;
    bool broke_off_ = false;
    error_code error_;
    std::string complaint_;
};

}  // namespace gateway::net
