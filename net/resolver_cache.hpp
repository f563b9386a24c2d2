#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "net/byte_stream.hpp"
#include "net/probes.hpp"

namespace gateway::net {

struct resolve_result {
    error_code error;
    std::vector<asio::ip::tcp::endpoint> endpoints;
};

// Resolves names in the background (getaddrinfo cannot be cancelled) and caches the answers. A
// request waits for a look-up until its own deadline at most; `timed_out` then. Addresses need no
// look-up. Loop thread only.
class resolver_cache {
public:
    virtual ~resolver_cache() = default;
    virtual asio::awaitable<resolve_result> resolve(
        const std::string& host, std::uint16_t port, steady_time deadline
    ) = 0;
};

// An answer older than `max_age` is still used, up to ten times that age, while it is refreshed.
// `probe` may be null; otherwise it must outlive the cache.
std::unique_ptr<resolver_cache> make_resolver_cache(
    asio::any_io_executor loop,
    std::chrono::milliseconds max_age = std::chrono::seconds(30),
    resolver_probe* probe = nullptr
);

}  // namespace gateway::net
