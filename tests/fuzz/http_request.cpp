// Requests on one connection: the same wherever packets end, bounded, and none after a refused one.
//
// Input: limits (s small, else usual), bytes per packet (a 1, b 2, …, else all at once), then what
// the client sends.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <vector>

#include "net/http_server.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/plain_framing.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::fuzz {
namespace {

namespace asio = boost::asio;
using net::request_fault;
using net::request_limits;
using support::scripted_stream;

struct conversation {
    std::vector<net::http_request> requests;
    request_fault end;
    bool reads_on = false;  // something came out behind the end
};

// As a session does: until a fault, or a request after which the connection closes.
asio::awaitable<void> converse(
    scripted_stream& stream, const request_limits& limits, conversation& out
) {
    net::request_reader reader(stream);
    for (bool more = true; more;) {
        auto got = co_await reader.read(limits);
        if (auto* fault = std::get_if<request_fault>(&got)) {
            out.end = std::move(*fault);
            break;
        }
        out.requests.push_back(std::get<net::http_request>(std::move(got)));
        more = out.requests.back().keep_alive;
    }
    if (out.requests.empty() || out.requests.back().keep_alive) {
        const auto behind = co_await reader.read(limits);
        const auto* fault = std::get_if<request_fault>(&behind);
        out.reads_on = !fault || fault->what != request_fault::kind::closed;
    }
}

conversation held(std::vector<std::string> packets, const request_limits& limits) {
    support::wire_script script;
    script.reads = std::move(packets);
    scripted_stream stream(std::move(script));
    asio::io_context loop(1);
    conversation out;
    std::exception_ptr escaped;
    asio::co_spawn(loop, converse(stream, limits, out), [&](std::exception_ptr e) { escaped = e; });
    loop.run();
    if (escaped) {
        std::rethrow_exception(escaped);
    }
    return out;
}

bool has_line_end(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void check_request(const net::http_request& request, const request_limits& limits) {
    expect(request.body.size() <= limits.body_bytes, "a body keeps to its limit");
    expect(!request.method.empty() && !has_line_end(request.method), "a method is one word");
    const bool asterisk = request.method == "OPTIONS" && request.target == "*";
    expect(asterisk || request.target.starts_with('/'), "a target is a path");
    expect(request.target.find_first_of(" \t#") == std::string::npos, "a target is one word");
    expect(!has_line_end(request.target), "a target stays on its line");
    std::size_t header_bytes = 0;
    for (const auto& field : request.headers) {
        header_bytes += field.name.size() + field.value.size();
        expect(!field.name.empty(), "a header field has a name");
        expect(
            !has_line_end(field.name) && !has_line_end(field.value), "a field stays on its line"
        );
    }
    expect(header_bytes <= limits.header_bytes, "a header keeps to its limit");
    const auto hosts = request.headers.count("Host");
    expect(hosts == 1 || (hosts == 0 && request.version == 10), "a request names one host");
    const bool two_framings = request.headers.count("Content-Length") > 0 &&
                              request.headers.count("Transfer-Encoding") > 0;
    expect(!two_framings, "a request has one kind of framing");
}

bool is_framing(std::string_view name) {
    return net::equal_ignoring_case(name, "Content-Length") ||
           net::equal_ignoring_case(name, "Transfer-Encoding");
}

enum class framing { length, chunked };

// The request as a simple client would have sent it.
std::string respelled(const net::http_request& request, framing as) {
    const std::string_view version = request.version == 10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
    std::string raw = request.method + ' ' + request.target;
    raw += version;
    for (const auto& field : request.headers) {
        if (!is_framing(field.name)) {
            raw += field.name + ": " + field.value + "\r\n";
        }
    }
    if (as == framing::length) {
        return raw + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
               request.body;
    }
    raw += "Transfer-Encoding: chunked\r\n\r\n";
    for (const auto& piece : support::pieces(request.body, 9)) {
        raw += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
    }
    return raw + "0\r\n\r\n";
}

// A proxy in front may rewrite a request. Rewritten plainly it is the same request, and none of its
// bytes are read as another one.
void check_respelled(const net::http_request& request, framing as) {
    const auto again = held({respelled(request, as)}, {});
    expect(again.requests.size() == 1, "a request respelled is one request");
    const auto& same = again.requests.front();
    expect(same.method == request.method && same.target == request.target, "the same target");
    expect(same.body == request.body, "the same body");
    expect(same.keep_alive == request.keep_alive, "the same connection");
}

// No other reader sees other requests in the same bytes.
void check_framing(std::string_view bytes, const conversation& held) {
    plain_framing plain(bytes);
    for (const auto& request : held.requests) {
        const auto body = plain.next();
        expect(body.has_value(), "a request's framing is plain");
        expect(*body == request.body, "a request ends where it says");
    }
}

bool same_requests(const conversation& a, const conversation& b) {
    return std::ranges::equal(a.requests, b.requests, [](const auto& x, const auto& y) {
        const bool same_fields =
            std::ranges::equal(x.headers, y.headers, [](const auto& f, const auto& g) {
                return f.name == g.name && f.value == g.value;
            });
        return same_fields && x.method == y.method && x.target == y.target && x.body == y.body &&
               x.keep_alive == y.keep_alive;
    });
}

bool refused(const conversation& held) {
    return held.end.what != request_fault::kind::closed;
}

}  // namespace

void http_request(std::string_view input) {
    const bool small = take_choice(input) == 's';
    const char packet = take_choice(input);
    request_limits limits;
    if (small) {
        limits.header_bytes = 128;
        limits.body_bytes = 64;
    }
    const auto whole = held({std::string(input)}, limits);
    expect(!whole.reads_on, "nothing is read behind a refused request");
    expect(!refused(whole) || whole.end.status >= 400, "a refusal has a status");
    expect(!refused(whole) || !whole.end.detail.empty(), "a refusal is explained");
    check_framing(input, whole);
    for (const auto& request : whole.requests) {
        check_request(request, limits);
        if (!small) {
            check_respelled(request, framing::length);
        }
        if (!small && request.version == 11) {
            check_respelled(request, framing::chunked);
        }
    }
    if (packet < 'a' || packet > 'z') {
        return;
    }
    const auto size = static_cast<std::size_t>(packet - 'a' + 1);
    const auto cut = held(support::pieces(input, size), limits);
    for (const auto& request : cut.requests) {
        check_request(request, limits);
    }
    expect(!cut.reads_on, "nothing is read behind a refused request, in packets");
    check_framing(input, cut);
    // Where a limit is near, a packet decides whether a fault or the limit is seen first.
    if (!small) {
        expect(same_requests(whole, cut), "packets do not change what is read");
        expect(refused(whole) == refused(cut), "packets do not change what is refused");
    }
}

}  // namespace gateway::fuzz
