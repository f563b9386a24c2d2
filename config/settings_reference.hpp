#pragma once

#include <string>

namespace gateway::config {

// Every knob with its accepted values, its default and its meaning, as the Markdown page
// docs/configuration.md.
std::string settings_reference();

}  // namespace gateway::config
