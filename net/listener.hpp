#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/byte_stream.hpp"

namespace gateway::net {

struct listen_address {
    std::string address = "0.0.0.0";
    std::uint16_t port = 0;  // 0: the kernel chooses; see listener::port()
};

// Accepts connections until stopped. After EMFILE, ENFILE and the like it reports the error and
// pauses for 50 ms. Loop thread only.
class listener {
public:
    using on_connection = std::function<void(stream_ptr)>;
    using on_accept_error = std::function<void(const error_code&)>;

    // Binds and listens at once (SO_REUSEADDR, TCP_NODELAY on accepted sockets). Throws
    // `boost::system::system_error` with the address if that fails.
    listener(asio::any_io_executor loop, const listen_address& where, int backlog = 1024);
    ~listener();

    std::uint16_t port() const noexcept;
    // Runs until stop() and passes each connection to `accepted`. The listener must outlive it.
    asio::awaitable<void> run(on_connection accepted, on_accept_error failed = {});
    // Accepts all connections of the backlog at once, without waiting; stop() would reset them.
    void accept_waiting();
    // Closes the listening socket; run() returns soon after.
    void stop() noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace gateway::net
