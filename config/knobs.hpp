#pragma once

#include <string>
#include <vector>

#include "config/knob.hpp"
#include "config/settings.hpp"

// The tables of knobs, section by section: everything that an operator may set
// (docs/configuration.md, Configuration).

namespace gateway::config {

// The file's top level. `known_methods` are the keys allowed under methods:.
knob_table<settings> settings_knobs(const std::vector<std::string>& known_methods);

// `known_methods`: those that a caller may be limited to; none: described only.
knob_table<caller_settings> caller_knobs(const std::vector<std::string>& known_methods);
knob_table<method_settings> method_knobs();

}  // namespace gateway::config
