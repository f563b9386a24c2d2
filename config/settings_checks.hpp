#pragma once

#include "config/reading.hpp"
#include "config/settings.hpp"
#include "config/yaml_tree.hpp"

namespace gateway::config {

// The rules between knobs: names used twice, an account's key mode, what a caller needs. `root` is
// the tree `found` was read from, for the lines; values that were faulty by themselves stand at
// their defaults and are left alone.
void check_settings(const settings& found, const yaml_node& root, reading& into);

// What works but deserves a look: open API, clear-text journal, plain http.
void warn_about_settings(const settings& found, const yaml_node& root, reading& into);

}  // namespace gateway::config
