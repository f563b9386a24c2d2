#pragma once

#include <string>

#include "simulator/settings.hpp"

namespace simulator {

// Reads the YAML file (docs/simulator.md, Configuration) and loads the key and certificate files
// that it names relative to its folder. Throws `std::runtime_error` with file and line for an
// unknown key or a wrong value.
settings read_settings(const std::string& path);

}  // namespace simulator
