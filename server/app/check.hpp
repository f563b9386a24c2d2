#pragma once

#include <iosfwd>

#include "config/settings.hpp"

namespace gateway::server {

// Proves every key of the configuration and prints what was found (contract §6): one line for each
// finding and each fault. True if there are no faults.
bool check_config(const config::settings& settings, std::ostream& out);

}  // namespace gateway::server
