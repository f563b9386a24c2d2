#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_set>

#include "net/byte_stream.hpp"
#include "server/http_probe.hpp"

namespace gateway::server {

class open_connection;

// The open connections of one listener: how many there may be, and which only wait for a request
// and can be closed when the process drains. Loop thread only; outlives its open_connections.
class connections {
public:
    // `probe` must outlive this object.
    connections(std::string_view listener, std::size_t limit, http_probe& probe)
        : listener_(listener), limit_(limit), probe_(probe) {}
    connections(const connections&) = delete;
    connections& operator=(const connections&) = delete;

    bool full() const noexcept { return open_.size() >= limit_; }
    std::size_t size() const noexcept { return open_.size(); }
    bool draining() const noexcept { return draining_; }
    // From now on answers close their connection; those between two requests are closed at once.
    void drain() noexcept;

private:
    friend class open_connection;

    std::string_view listener_;
    std::size_t limit_;
    http_probe& probe_;
    std::unordered_set<open_connection*> open_;
    bool draining_ = false;
};

// One session's place among them; lives in the session. The stream must outlive it.
class open_connection {
public:
    open_connection(connections& all, net::byte_stream& stream);
    ~open_connection();
    open_connection(const open_connection&) = delete;
    open_connection& operator=(const open_connection&) = delete;

    // While true, the session only waits for the next request.
    void reading(bool now) noexcept { reading_ = now; }

private:
    friend class connections;

    connections& all_;
    net::byte_stream& stream_;
    bool reading_ = true;
};

}  // namespace gateway::server
