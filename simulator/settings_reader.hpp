#pragma once

#include <string>

#include "simulator/settings.hpp"

namespace simulator {

// Reads the YAML file described in docs/simulator.md. Key and certificate files are relative to its
// folder and are loaded here. Throws `std::runtime_error` with file and line for whatever it does
// not understand.
settings read_settings(const std::string& path);

}  // namespace simulator
