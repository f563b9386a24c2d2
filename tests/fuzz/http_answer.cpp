// An answer on a connection: the same wherever packets end, bounded, and a connection that is kept
// was left at a place that no other reader disputes.
//
// Input: limits (s small, else usual), bytes per packet (a 1, b 2, …, else all at once), h for an
// answer to HEAD, then what the server sends.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "net/http_exchange.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::fuzz {
namespace {

namespace asio = boost::asio;
using net::exchange_limits;
using net::exchange_result;
using support::scripted_stream;

asio::awaitable<void> ask(
    scripted_stream& stream, bool head, exchange_limits limits, exchange_result& out
) {
    out = co_await net::run_exchange(stream, "GET / HTTP/1.1\r\n\r\n", head, limits);
}

exchange_result answered(std::vector<std::string> packets, bool head, exchange_limits limits) {
    support::wire_script script;
    script.reads = std::move(packets);
    scripted_stream stream(std::move(script));
    asio::io_context loop(1);
    exchange_result out;
    std::exception_ptr escaped;
    asio::co_spawn(loop, ask(stream, head, limits, out), [&](std::exception_ptr e) {
        escaped = e;
    });
    loop.run();
    if (escaped) {
        std::rethrow_exception(escaped);
    }
    return out;
}

bool complete(const exchange_result& got) {
    return got.outcome.phase == net::send_phase::answered;
}

bool has_line_end(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void check_answer(const exchange_result& got, exchange_limits limits) {
    const auto& response = got.outcome.response;
    expect(response.status >= 200 && response.status <= 999, "an answer has a final status");
    expect(response.body.size() <= limits.body_bytes, "a body keeps to its limit");
    std::size_t header_bytes = 0;
    for (const auto& field : response.headers) {
        header_bytes += field.name.size() + field.value.size();
        expect(!field.name.empty(), "a header field has a name");
        expect(
            !has_line_end(field.name) && !has_line_end(field.value), "a field stays on its line"
        );
    }
    expect(header_bytes <= limits.header_bytes, "a header keeps to its limit");
}

bool is_framing(std::string_view name) {
    return net::equal_ignoring_case(name, "Content-Length") ||
           net::equal_ignoring_case(name, "Transfer-Encoding") ||
           net::equal_ignoring_case(name, "Connection");
}

// The answer as a simple server would have sent it.
std::string respelled(const net::http_response& response) {
    std::string raw = "HTTP/1.1 " + std::to_string(response.status) + "\r\n";
    for (const auto& field : response.headers) {
        if (!is_framing(field.name)) {
            raw += field.name + ": " + field.value + "\r\n";
        }
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (bodiless) {
        return raw + "\r\n";
    }
    return raw + "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" +
           response.body;
}

void check_respelled(const net::http_response& response) {
    // Longer by the length, at most.
    exchange_limits limits;
    limits.header_bytes += 64;
    const auto again = answered({respelled(response)}, false, limits);
    expect(complete(again) && again.reusable, "an answer respelled is a plain answer");
    expect(again.outcome.response.status == response.status, "the same status");
    expect(again.outcome.response.body == response.body, "the same body");
}

// Lines that end in anything but CRLF leave a doubt about where the answer ended.
void check_kept(std::string_view bytes) {
    const auto head = bytes.substr(0, bytes.find("\r\n\r\n"));
    for (std::size_t at = head.find('\n'); at != std::string_view::npos;
         at = head.find('\n', at + 1)) {
        expect(at > 0 && head[at - 1] == '\r', "a kept connection had strict line ends");
    }
}

}  // namespace

void http_answer(std::string_view input) {
    const bool small = take_choice(input) == 's';
    const char packet = take_choice(input);
    const bool head = take_choice(input) == 'h';
    exchange_limits limits;
    if (small) {
        limits.header_bytes = 128;
        limits.body_bytes = 64;
    }
    const auto whole = answered({std::string(input)}, head, limits);
    if (complete(whole)) {
        check_answer(whole, limits);
        if (!small) {
            check_respelled(whole.outcome.response);
        }
    } else {
        expect(!whole.outcome.detail.empty(), "a failure is explained");
        expect(!whole.reusable, "a failure closes the connection");
    }
    if (whole.reusable) {
        check_kept(input);
    }
    if (packet < 'a' || packet > 'z') {
        return;
    }
    const auto size = static_cast<std::size_t>(packet - 'a' + 1);
    const auto cut = answered(support::pieces(input, size), head, limits);
    if (complete(cut)) {
        check_answer(cut, limits);
    }
    // Where a limit is near, a packet decides whether a fault or the limit is seen first.
    if (!small) {
        expect(complete(whole) == complete(cut), "packets do not change what is complete");
        const auto& one = whole.outcome.response;
        const auto& other = cut.outcome.response;
        expect(one.status == other.status && one.body == other.body, "packets change no answer");
    }
}

}  // namespace gateway::fuzz
