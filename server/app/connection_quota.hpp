#pragma once

#include <cstddef>
#include <cstdint>

#include "config/settings.hpp"

namespace gateway::server {

// How many connections each listener may have open.
struct connection_quota {
    std::size_t api = 0;
    std::size_t admin = 0;
};

// As many as configured, but no more than leave file descriptors for the connections to the
// platforms and for the journal, of the `descriptors` that this process may open at once: otherwise
// callers that only connect would keep all redemptions from being sent. Probes and metrics need
// few.
connection_quota connection_quotas(const config::settings& settings, std::uint64_t descriptors);

}  // namespace gateway::server
