#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace gateway::support {

// Relays connections to a PostgreSQL socket on a thread of its own, so that a test can cut the wire
// between client and server, or hold either direction. Any thread.
class socket_proxy {
public:
    // `server_folder` has the server's socket, as libpq's `host`.
    explicit socket_proxy(const std::string& server_folder);
    ~socket_proxy();
    socket_proxy(const socket_proxy&) = delete;
    socket_proxy& operator=(const socket_proxy&) = delete;

    // The folder of the proxy's socket, as libpq's `host`.
    std::string host() const;

    // From now on the bytes of that direction stay where they are: the sender's kernel has taken
    // them, the receiver does not get them.
    void hold_requests();
    void hold_answers();
    void release();
    // Closes every connection on both sides; what was held is gone. New ones are relayed again.
    void cut();
    // Closes every connection on one side only: the other side's end stays open and silent until
    // cut().
    void abandon_clients();
    void abandon_server();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace gateway::support
