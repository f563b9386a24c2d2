#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string>

#include "net/http_server.hpp"

namespace gateway::net {

namespace {

struct status_name {
    unsigned status;
    std::string_view name;
};

constexpr auto status_names = std::to_array<status_name>({
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

// One size for every chunk; small enough that an ordinary body has several.
constexpr std::size_t chunk_bytes = 4 * 1024;

void append_number(std::string& out, std::size_t value, int base = 10) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    out.append(digits.data(), end);
}

void append_two(std::string& out, int value) {
    out += static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
}

// IMF-fixdate (RFC 9110 §5.6.7), independent of the locale, unlike strftime.
void append_date(std::string& out) {
    constexpr std::string_view days = "SunMonTueWedThuFriSat";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    out += days.substr(static_cast<std::size_t>(utc.tm_wday) * 3, 3);
    out += ", ";
    append_two(out, utc.tm_mday);
    out += ' ';
    out += months.substr(static_cast<std::size_t>(utc.tm_mon) * 3, 3);
    out += ' ';
    append_number(out, static_cast<std::size_t>(utc.tm_year) + 1900);
    out += ' ';
    append_two(out, utc.tm_hour);
    out += ':';
    append_two(out, utc.tm_min);
    out += ':';
    append_two(out, utc.tm_sec);
    out += " GMT";
}

// A line break in a value would inject further fields; RFC 9110 §5.5 allows a space instead.
void append_value(std::string& out, std::string_view value) {
    const std::size_t start = out.size();
    out += value;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start),
        out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
        ' '
    );
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    append_value(out, value);
    out += "\r\n";
}

void append_chunks(std::string& out, std::string_view body) {
    while (!body.empty()) {
        const std::string_view chunk = body.substr(0, chunk_bytes);
        append_number(out, chunk.size(), 16);
        out += "\r\n";
        out += chunk;
        out += "\r\n";
        body.remove_prefix(chunk.size());
    }
    out += "0\r\n\r\n";
}

// 1xx, 204 and 304 never have a body, whatever their headers say (RFC 9112 §6.3).
bool bodiless(unsigned status) {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
    const auto found = std::ranges::lower_bound(status_names, status, {}, &status_name::status);
    return found != status_names.end() && found->status == status ? found->name : "Unknown";
}

std::string serialize(const http_response& response, write_options options) {
    constexpr std::size_t usual_head = 512;
    std::string out;
    out.reserve(usual_head + response.body.size());
    out += "HTTP/1.1 ";
    append_number(out, response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nDate: ";
    append_date(out);
    out += response.keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
    for (const auto& [name, value] : response.headers) {
        append_field(out, name, value);
    }
    if (bodiless(response.status)) {
        out += "\r\n";
        return out;
    }
    if (options.chunked) {
        out += "Transfer-Encoding: chunked\r\n\r\n";
    } else {
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n\r\n";
    }
    if (options.head) {
        return out;
    }
    if (options.chunked) {
        append_chunks(out, response.body);
    } else {
        out += response.body;
    }
    return out;
}

asio::awaitable<io_result> write_response(
    byte_stream& stream, const http_response& response, write_options options
) {
    const std::string bytes = serialize(response, options);
    const io_result written = co_await stream.write_all(asio::buffer(bytes));
    co_return written;
}

}  // namespace gateway::net
