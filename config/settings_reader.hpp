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

    // "gateway.yaml:12: server.api.port: expected a port (0-65535), found "http""
    std::string text() const;
};

// Settings that passed every check. `warnings` are not faults: the gateway runs, the operator
// should know.
struct accepted_settings {
    config::settings settings;
    std::vector<fault> warnings;
};

using read_result = std::variant<accepted_settings, std::vector<fault>>;

// Reads and checks one YAML file (contract §6); every fault is found in one pass and told in file
// order. Unknown and repeated keys are faults. `${NAME}` inside a value is the environment
// variable's; a missing one is a fault. Relative paths in the file are relative to the file's
// folder. `known_methods` are the names that `methods:` may hold. Never throws for what the file
// holds.
read_result read_settings_file(
    const std::string& path, const std::vector<std::string>& known_methods
);

// The same from text; `name` stands for the file in faults, `folder` is where relative paths start.
read_result read_settings(
    std::string_view yaml,
    const std::string& name,
    const std::string& folder,
    const std::vector<std::string>& known_methods
);

}  // namespace gateway::config
