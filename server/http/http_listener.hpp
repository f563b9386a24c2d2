#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>

#include "base/task_group.hpp"
#include "config/settings.hpp"
#include "net/listener.hpp"
#include "server/http/connections.hpp"
#include "server/http/dispatch.hpp"
#include "server/http/session.hpp"

namespace gateway::server {

// One listening address and the sessions it begins. Loop thread only.
class http_listener {
public:
    // Binds at once; throws std::exception naming the address when it can't. What `where` refers to
    // and `sessions` outlive this.
    http_listener(
        const boost::asio::any_io_executor& loop,
        const endpoint& where,
        const config::server_settings& limits,
        const config::listener_settings& address,
        base::task_group& sessions
    );

    std::uint16_t port() const noexcept { return listener_.port(); }
    // From the next connection on.
    void set_tls(tls_entry how) { tls_ = std::move(how); }
    // Makes every connected client identify itself anew: idle connections end at once, the others
    // with their next answer.
    void end_existing_connections() noexcept { connections_.end_existing(); }
    // How late the loop came to a timer: a measure of its load.
    void loop_lagged(std::chrono::nanoseconds late) {
        connections_.loop_lagged(late, std::chrono::steady_clock::now());
    }
    // Accepts until drain().
    boost::asio::awaitable<void> run();

    // Everything is still served, but answers close their connections, so that clients with a
    // choice connect elsewhere.
    void close_after_answers() noexcept { connections_.close_after_answers(); }
    // Accepts the connections in the backlog and no others; sessions end after the answer they owe.
    void drain();
    // Closes the connections whose requests are still not complete.
    void close_waiting() noexcept { connections_.close_waiting(); }
    // Closes all connections; what their requests have begun goes on.
    void close_all() noexcept { connections_.close_all(); }

private:
    // Refusals must not use up the connections themselves; beyond this many, a connection is closed
    // without an answer.
    static constexpr std::size_t most_refusing = 100;

    void accepted(net::stream_ptr stream);
    boost::asio::awaitable<void> watch_for_hangups();
    boost::asio::awaitable<void> refuse(net::stream_ptr stream);

    endpoint where_;
    session_limits limits_;
    connections connections_;
    request_limiter limiter_;
    std::optional<tls_entry> tls_;
    base::task_group& sessions_;
    net::listener listener_;
    boost::asio::steady_timer hangup_timer_;
    std::size_t refusing_ = 0;
};

}  // namespace gateway::server
