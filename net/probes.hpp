#pragma once

#include <cstddef>
#include <string_view>

// Events of outbound connections and name look-ups, for an observer. Loop thread only.

namespace gateway::net {

struct pool_usage {
    std::size_t open = 0;     // leased and idle connections
    std::size_t idle = 0;     // connections kept for the next request
    std::size_t waiting = 0;  // requests queued for a connection
};

// Of one client's connection pool.
class pool_probe {
public:
    virtual ~pool_probe() = default;
    virtual void pool_changed(const pool_usage& now) = 0;
    // A request got no connection within its acquire timeout.
    virtual void acquire_timed_out() = 0;
};

// `host` is a configured name.
class resolver_probe {
public:
    virtual ~resolver_probe() = default;
    // A look-up returned addresses.
    virtual void host_resolved(std::string_view host) = 0;
    virtual void host_not_resolved(std::string_view host, std::string_view why) = 0;
};

}  // namespace gateway::net
