#pragma once

#include <cstddef>
#include <cstdint>

#include "config/settings.hpp"

namespace gateway::server {

// How many connections each listener may have open.
struct file_shares {
    std::size_t api = 0;
    std::size_t admin = 0;
};

// As many as configured, but no more than leave files for the connections to the platforms and for
// the journal, of the `files` that this process may open at once: otherwise callers that only
// connect would keep everybody's redemptions from being sent. Probes and metrics need few.
file_shares share_files(const config::settings& settings, std::uint64_t files);

}  // namespace gateway::server
