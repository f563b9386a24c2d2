#include "net/http_exchange.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "net/input_buffer.hpp"

namespace gateway::net {

namespace {

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

exchange_result failed(
    send_phase phase, const error_code& error, std::string_view doing, std::string_view why
) {
    exchange_result result;
    result.outcome.phase = phase;
    result.outcome.error = error;
    result.outcome.detail = std::string(doing) + ": " + std::string(why);
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
            const std::string_view doing = !reader.began()      ? "no answer came"
                                           : reader.broke_off() ? "the answer broke off"
                                                                : "the answer can't be read";
            co_return failed(send_phase::maybe_sent, error, doing, reader.complaint());
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
            co_return result;
        }
    }
    const error_code error = boost::beast::http::error::bad_status;
    co_return failed(
        send_phase::maybe_sent, error, "the answer can't be read", "only interim answers came"
    );
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
        co_return failed(phase, sent.error, "sending the request", sent.error.message());
    }
    exchange_result result = co_await read_answer(stream, head, limits);
    co_return result;
}

}  // namespace gateway::net
