#include "server/app/connection_quota.hpp"

#include <algorithm>

namespace gateway::server {
namespace {

// The journal, the loop's own, files that are read now and then, and on both listeners those who
// are told that there are too many.
constexpr std::uint64_t others = 300;
constexpr std::uint64_t most_admin = 256;

}  // namespace

file_shares share_files(const config::settings& settings, std::uint64_t files) {
    std::uint64_t kept = others;
    for (const auto& account : settings.accounts) {
        kept += account.limits.connections;
    }
    // Where there are few, half of them have to do.
    const std::uint64_t usable = files - std::min(kept, files / 2);
    const std::uint64_t for_admin = std::clamp<std::uint64_t>(usable / 4, 1, most_admin);
    const std::uint64_t for_api = usable > for_admin ? usable - for_admin : 1;
    const std::uint64_t configured = settings.server.max_connections;
    return {std::min(configured, for_api), std::min(configured, for_admin)};
}

}  // namespace gateway::server
