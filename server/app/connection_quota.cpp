#include "server/app/connection_quota.hpp"

#include <algorithm>

namespace gateway::server {
namespace {

// The journal, the loop's own, files that are read now and then, and the connections that both
// listeners are refusing.
constexpr std::uint64_t reserved = 300;
constexpr std::uint64_t most_admin = 256;

}  // namespace

connection_quota connection_quotas(const config::settings& settings, std::uint64_t descriptors) {
    std::uint64_t kept = reserved;
    for (const auto& account : settings.accounts) {
        kept += account.limits.connections;
    }
    // Of few descriptors the listeners get half.
    const std::uint64_t usable = descriptors - std::min(kept, descriptors / 2);
    const std::uint64_t for_admin = std::clamp<std::uint64_t>(usable / 4, 1, most_admin);
    const std::uint64_t for_api = usable > for_admin ? usable - for_admin : 1;
    const std::uint64_t configured = settings.server.max_connections;
    return {std::min(configured, for_api), std::min(configured, for_admin)};
}

}  // namespace gateway::server
