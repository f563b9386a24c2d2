#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace gateway::config {

// One thing wrong in the configuration: where, and what was expected instead.
struct fault {
    std::string file;
    int line = 0;  // 1-based; 0: the file as a whole
    std::string what;

    std::string text() const;  // "gateway.yaml:12: server.api.port: expected a port (1-65535), found \"http\""
};

using read_result = std::variant<settings, std::vector<fault>>;

// Reads and checks one YAML file (contract §6); every fault is found in one pass. Unknown and repeated keys are
// faults. `${NAME}` inside a scalar is the environment variable's value; a missing one is a fault. Relative paths in
// the file are relative to the file's folder. Never throws for what the file holds.
read_result read_settings_file(const std::string& path);
// The same from text; `name` stands for the file in faults, `folder` is where relative paths start.
read_result read_settings(std::string_view yaml, const std::string& name, const std::string& folder);

}  // namespace gateway::config
