#include "server/http/http_listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gateway::server {
namespace {

constexpr std::chrono::milliseconds look_pause(250);

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

connection_limits together(const config::server_settings& settings) {
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
      open_(where.name, together(limits), where.probe),
      turns_(limits.max_in_flight, where.who.several()),
      sessions_(sessions),
      listener_(loop, {address.address, address.port}),
      next_look_(loop) {}

boost::asio::awaitable<void> http_listener::run() {
    sessions_.spawn(watch_hangups());
    co_await listener_.run(
        [this](net::stream_ptr stream) { accepted(std::move(stream)); },
        [this](const net::error_code& error) {
            where_.probe.accept_failed(where_.name, error.message());
        }
    );
}

void http_listener::accepted(net::stream_ptr stream) {
    if (open_.make_room()) {
        sessions_.spawn(run_session(std::move(stream), where_, limits_, open_, turns_, tls_));
        return;
    }
    where_.probe.connection_refused(where_.name);
    // To shake hands only to say no would cost more than it tells.
    if (!tls_ && refusing_ < most_refusing) {
        sessions_.spawn(refuse(std::move(stream)));
    }
}

boost::asio::awaitable<void> http_listener::refuse(net::stream_ptr stream) {
    ++refusing_;
    co_await refuse_session(std::move(stream));
    --refusing_;
}

// A caller that has left keeps its place among those in flight, and its memory, until its wait is
// over, if nobody notices. That matters only when others need them.
boost::asio::awaitable<void> http_listener::watch_hangups() {
    while (!open_.closes_idle()) {
        next_look_.expires_after(look_pause);
        co_await next_look_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (turns_.scarce() || open_.scarce()) {
            open_.notice_hangups();
        }
    }
}

void http_listener::drain() {
    listener_.accept_waiting();
    listener_.stop();
    open_.close_after_answers();
    next_look_.cancel();
    open_.close_idle(std::chrono::steady_clock::now());
}

}  // namespace gateway::server
