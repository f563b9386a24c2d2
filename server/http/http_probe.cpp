#include "server/http/http_probe.hpp"

#include <algorithm>

#include "net/http_message.hpp"

namespace gateway::server {

exchange_mark exchange_mark::trace_id(std::string_view traceparent) noexcept {
    // version "-" trace-id "-" parent-id "-" flags
    constexpr std::size_t least = 55;
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    };
    if (traceparent.size() < least || traceparent[2] != '-' || traceparent[35] != '-' ||
        traceparent[52] != '-') {
        return exchange_mark();
    }
    const auto id = traceparent.substr(3, 32);
    const bool zero = id.find_first_not_of('0') == std::string_view::npos;
    return !zero && std::all_of(id.begin(), id.end(), is_hex) ? exchange_mark(id) : exchange_mark();
}

exchange_mark exchange_mark::request_id(const net::http_response& response) noexcept {
    return exchange_mark(response.headers.find("X-Request-Id").value_or(""));
}

exchange_mark exchange_mark::redemption(const net::http_response& response) noexcept {
    const auto location = response.headers.find("Location");
    return exchange_mark(
        location ? *location : response.headers.find("Content-Location").value_or("")
    );
}

}  // namespace gateway::server
