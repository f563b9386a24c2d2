#include "server/http/http_listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::server {
namespace {

constexpr std::chrono::milliseconds hangup_check_interval(250);

session_limits limits_of(const config::server_settings& settings) {
    session_limits out;
    out.request.header_bytes = settings.max_header;
    out.request.body_bytes = settings.max_body;
    out.request.idle = settings.idle_timeout;
    out.request.header = settings.header_timeout;
    out.request.body = settings.body_timeout;
    out.write = settings.write_timeout;
    out.requests = settings.max_requests_per_connection;
    return out;
}

connection_limits connection_limits_of(const config::server_settings& settings) {
    return {settings.max_connections, settings.max_message_memory};
}

}  // namespace

http_listener::http_listener(
    const boost::asio::any_io_executor& loop,
    const endpoint& where,
    const config::server_settings& limits,
    const config::listener_settings& address,
    base::task_group& sessions
)
    : where_(where),
      limits_(limits_of(limits)),
      connections_(where.name, connection_limits_of(limits), where.probe),
      limiter_(limits.max_in_flight, where.authenticator.several_callers()),
      sessions_(sessions),
      listener_(loop, {address.address, address.port}),
      hangup_timer_(loop) {}

boost::asio::awaitable<void> http_listener::run() {
    sessions_.spawn(watch_for_hangups());
    co_await listener_.run(
        [this](net::stream_ptr stream) { accepted(std::move(stream)); },
        [this](const net::error_code& error) {
            where_.probe.accept_failed(where_.name, base::redacted_text::message_of(error));
        }
    );
}

void http_listener::accepted(net::stream_ptr stream) {
    if (connections_.admit()) {
        sessions_.spawn(
            run_session(std::move(stream), where_, limits_, connections_, limiter_, tls_)
        );
        return;
    }
    where_.probe.connection_refused(where_.name);
    // A TLS handshake for nothing but a refusal would cost more than it is worth.
    if (!tls_ && refusing_ < most_refusing) {
        sessions_.spawn(refuse(std::move(stream)));
    }
}

boost::asio::awaitable<void> http_listener::refuse(net::stream_ptr stream) {
    ++refusing_;
    co_await refuse_session(std::move(stream));
    --refusing_;
}

// A request whose caller has hung up keeps its permit and its memory until its wait is over, unless
// this notices. That matters only when other requests need them.
boost::asio::awaitable<void> http_listener::watch_for_hangups() {
    while (!connections_.closes_idle()) {
        hangup_timer_.expires_after(hangup_check_interval);
        co_await hangup_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (limiter_.scarce() || connections_.scarce()) {
            connections_.detect_hangups();
        }
    }
}

void http_listener::drain() {
    listener_.accept_waiting();
    listener_.stop();
    connections_.close_after_answers();
    hangup_timer_.cancel();
    connections_.close_idle(std::chrono::steady_clock::now());
}

}  // namespace gateway::server
