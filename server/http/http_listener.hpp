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
    void speak_tls(tls_entry how) { tls_ = std::move(how); }
    // Who is connected already proves anew who it is: idle connections end at once, the others with
    // their next answer.
    void end_earlier_connections() noexcept { open_.end_earlier(); }
    // A measure of how busy the loop is.
    void loop_lagged(std::chrono::nanoseconds late) {
        open_.loop_lagged(late, std::chrono::steady_clock::now());
    }
    // Accepts until drain().
    boost::asio::awaitable<void> run();

    // Everything is still served, but answers close their connections: clients with a choice go
    // elsewhere.
    void send_away() noexcept { open_.close_after_answers(); }
    // Accepts nobody more but those who have connected already; sessions end after the answer they
    // owe.
    void drain();
    // Closes the connections whose requests are still not complete.
    void close_waiting() noexcept { open_.close_waiting(); }
    // Closes all connections; what their requests have begun goes on.
    void close_all() noexcept { open_.close_all(); }

private:
    // A crowd that is told "too many" must not become too many itself; the rest is just closed.
    static constexpr std::size_t most_refusing = 100;

    void accepted(net::stream_ptr stream);
    boost::asio::awaitable<void> watch_hangups();
    boost::asio::awaitable<void> refuse(net::stream_ptr stream);

    endpoint where_;
    session_limits limits_;
    connections open_;
    in_flight turns_;
    std::optional<tls_entry> tls_;
    base::task_group& sessions_;
    net::listener listener_;
    boost::asio::steady_timer next_look_;
    std::size_t refusing_ = 0;
};

}  // namespace gateway::server
