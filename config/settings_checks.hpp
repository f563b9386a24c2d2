#pragma once

#include "config/reading.hpp"
#include "config/settings.hpp"
#include "config/yaml_tree.hpp"

namespace gateway::config {

// Checks the rules between knobs: names used twice, an account's key mode, the credentials of a
// caller. `root` is the tree that `found` was read from and gives the lines. Values that were
// faulty by themselves have their defaults and cause no second fault.
void check_settings(const settings& found, const yaml_node& root, reading& into);

// Warns about settings that work but may be unintended: open API, clear-text journal, plain http.
void warn_about_settings(const settings& found, const yaml_node& root, reading& into);

}  // namespace gateway::config
