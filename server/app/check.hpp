#pragma once

#include <iosfwd>

#include "config/settings.hpp"

namespace gateway::server {

// Proves every key of the configuration and prints one line for each finding and each fault
// (docs/configuration.md, Configuration). True if there are no faults.
bool check_config(const config::settings& settings, std::ostream& out);

}  // namespace gateway::server
