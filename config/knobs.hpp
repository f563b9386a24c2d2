#pragma once

#include <string>
#include <vector>

#include "config/knob.hpp"
#include "config/settings.hpp"

// The tables of knobs, section by section: everything an operator may set (contract §6).

namespace gateway::config {

// The file's top level. Only names among `known_methods` may stand under methods:.
knob_table<settings> settings_knobs(const std::vector<std::string>& known_methods);

knob_table<caller_settings> caller_knobs();
knob_table<method_settings> method_knobs();

}  // namespace gateway::config
