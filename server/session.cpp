#include "server/session.hpp"

#include <algorithm>
#include <array>

#include "handlers/problem.hpp"

namespace gateway::server {
namespace {

using boost::asio::awaitable;
using handlers::problem_kind;
using net::http_response;
using net::request_fault;
using std::chrono::steady_clock;

problem_kind kind_of(const request_fault& fault) {
    switch (fault.what) {
        case request_fault::kind::timeout:
            return problem_kind::request_timeout;
        case request_fault::kind::header_too_large:
            return problem_kind::header_too_large;
        case request_fault::kind::body_too_large:
            return problem_kind::body_too_large;
        case request_fault::kind::not_supported:
            return fault.status == 501 ? problem_kind::not_implemented
                                       : problem_kind::version_not_supported;
        case request_fault::kind::malformed:
        case request_fault::kind::closed:
            break;
    }
    return problem_kind::malformed_request;
}

http_response closing_answer(problem_kind kind, const std::string& detail) {
    handlers::problem what;
    what.kind = kind;
    what.detail = detail;
    if (kind == problem_kind::saturated) {
        what.retry_after = std::chrono::seconds(1);
    }
    auto response = handlers::to_response(what);
    response.keep_alive = false;
    return response;
}

// Takes in and forgets what the peer is still sending, until it pauses: closing with unread bytes
// would reset the connection and could destroy the answer before it is read (RFC 9112 §9.6).
awaitable<void> linger(net::byte_stream& stream) {
    constexpr std::size_t most = 16U * 1024U * 1024U;
    constexpr std::chrono::milliseconds pause(300);
    const auto end = steady_clock::now() + std::chrono::seconds(3);
    std::array<char, 4096> dropped;
    for (std::size_t taken = 0; taken < most && steady_clock::now() < end;) {
        stream.expires_at(std::min(steady_clock::now() + pause, end));
        const auto got = co_await stream.read_some(boost::asio::buffer(dropped));
        if (got.error) {
            break;
        }
        taken += got.bytes;
    }
}

awaitable<void> refuse_request(
    net::byte_stream& stream, const endpoint& where, const request_fault& fault
) {
    const auto response = closing_answer(kind_of(fault), fault.detail);
    exchange_facts facts;
    facts.listener = where.name;
    facts.status = response.status;
    where.probe.answered(facts);
    const auto written = co_await net::write_response(stream, response);
    if (!written.error) {
        co_await linger(stream);
    }
}

}  // namespace

awaitable<void> run_session(
    net::stream_ptr stream, const endpoint& where, session_limits limits, connections& all
) {
    open_connection place(all, *stream);
    net::request_reader reader(*stream);
    for (bool more = true; more;) {
        place.reading(true);
        const auto got = co_await reader.read(limits.request);
        place.reading(false);
        if (const auto* fault = std::get_if<request_fault>(&got)) {
            if (fault->what != request_fault::kind::closed) {
                co_await refuse_request(*stream, where, *fault);
            }
            break;
        }
        const auto& request = std::get<net::http_request>(got);
        auto response = co_await dispatch(where, request);
        response.keep_alive = request.keep_alive && !all.draining();
        net::write_options options;
        options.head = request.method == "HEAD";
        stream->expires_at(steady_clock::now() + limits.write);
        const auto written = co_await net::write_response(*stream, response, options);
        more = !written.error && response.keep_alive;
    }
    co_await stream->shutdown();
}

awaitable<void> refuse_session(net::stream_ptr stream) {
    const auto response =
        closing_answer(problem_kind::saturated, "Too many connections are open; nothing was sent");
    stream->expires_at(steady_clock::now() + std::chrono::seconds(2));
    const auto written = co_await net::write_response(*stream, response);
    if (!written.error) {
        co_await linger(*stream);
    }
    co_await stream->shutdown();
}

}  // namespace gateway::server
