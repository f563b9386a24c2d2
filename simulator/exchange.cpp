#include "simulator/exchange.hpp"

#include <algorithm>

#include "net/http_server.hpp"

namespace simulator {

namespace asio = boost::asio;
namespace net = gateway::net;

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds write_limit{60};

wall_time now() {
    return std::chrono::system_clock::now();
}

milliseconds delay_of(const fault& injected) {
    return milliseconds(injected.number("delay_ms"));
}

net::http_response html_page(unsigned status) {
    net::http_response page;
    page.status = status;
    page.headers.add("Content-Type", "text/html");
    const std::string title =
        std::to_string(status) + " " + std::string(net::reason_phrase(status));
    page.body = "<html><head><title>" + title + "</title></head><body><h1>" + title +
                "</h1></body></html>\n";
    return page;
}

// Applies the faults in which a proxy in front of the platform replaces the answer.
void replace_body(const active_faults& faults, net::http_response& response) {
    if (const fault* injected = faults.find(fault_kind::http_status)) {
        response = html_page(static_cast<unsigned>(injected->number("status")));
        if (response.status < 400) {
            response.headers.add("Location", "http://portal.example/");
        }
        if (const auto seconds = injected->number("retry_after_s"); seconds > 0) {
            response.headers.add("Retry-After", std::to_string(seconds));
        }
    } else if (faults.has(fault_kind::html_body)) {
        response = html_page(200);
    } else if (faults.has(fault_kind::garbage_body)) {
        response.body = std::string("\x00\xff\xfe{]\"not an answer", 19);
    }
}

asio::awaitable<bool> send_all(net::byte_stream& stream, std::string_view bytes) {
    stream.expires_at(std::chrono::steady_clock::now() + write_limit);
    const net::io_result sent = co_await stream.write_all(asio::buffer(bytes));
    co_return !sent.error;
}

asio::awaitable<bool> trickle(
    net::byte_stream& stream, std::string bytes, const fault& injected, delay_timers& timers
) {
    const auto piece =
        static_cast<std::size_t>(std::max<std::int64_t>(1, injected.number("bytes")));
    const milliseconds every(injected.number("every_ms"));
    for (std::size_t from = 0; from < bytes.size(); from += piece) {
        const std::string_view part = std::string_view(bytes).substr(from, piece);
        const bool sent = co_await send_all(stream, part);
        if (!sent) {
            co_return false;
        }
        co_await timers.wait(every);
    }
    co_return true;
}

asio::awaitable<bool> deliver(
    net::byte_stream& stream,
    const net::http_response& response,
    const active_faults& faults,
    delay_timers& timers
) {
    const net::write_options options{.head = false, .chunked = faults.has(fault_kind::chunked)};
    const std::string bytes = net::serialize(response, options);
    if (const fault* late = faults.find(fault_kind::execute_then_late)) {
        co_await timers.wait(delay_of(*late));
    }
    if (const fault* cut = faults.find(fault_kind::cut_body)) {
        const std::size_t head = bytes.size() - response.body.size();
        const std::string_view part = std::string_view(bytes).substr(
            0, head + static_cast<std::size_t>(cut->number("bytes"))
        );
        co_await send_all(stream, part);
        co_return false;
    }
    bool sent = false;
    if (const fault* slow = faults.find(fault_kind::trickle)) {
        sent = co_await trickle(stream, bytes, *slow, timers);
    } else {
        sent = co_await send_all(stream, bytes);
    }
    co_return sent&& response.keep_alive;
}

}  // namespace

asio::awaitable<bool> run_exchange(
    net::byte_stream& stream,
    const net::http_request& request,
    platform_endpoint& endpoint,
    exchange_context context
) {
    const auto call = endpoint.receive(request, now());
    const active_faults faults = context.faults.take(call->facts(), now());
    const std::uint64_t entry = context.requests.begin(call->facts(), request, now());
    if (faults.has(fault_kind::reset_after_reading)) {
        context.requests.end(entry, "not executed", faults.names(), now());
        stream.reset();
        co_return false;
    }
    co_await context.timers.wait(context.processing);
    if (const fault* delay = faults.find(fault_kind::late)) {
        co_await context.timers.wait(delay_of(*delay));
    }
    platform_answer answer = call->answer(faults, now());
    context.requests.end(entry, answer.verdict, faults.names(), now());
    if (faults.has(fault_kind::execute_then_reset)) {
        stream.reset();
        co_return false;
    }
    replace_body(faults, answer.response);
    answer.response.keep_alive = request.keep_alive && !faults.has(fault_kind::connection_close);
    const bool keep_alive = co_await deliver(stream, answer.response, faults, context.timers);
    co_return keep_alive;
}

}  // namespace simulator
