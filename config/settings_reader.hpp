#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace gateway::config {

// One fault of the configuration: its position, and what was expected instead.
struct fault {
    std::string file;
    int line = 0;  // 1-based; 0: the file as a whole
    std::string what;

    // "gateway.yaml:12: server.api.port: expected a port (0-65535), found "http""
    std::string text() const;
};

// Settings that passed every check. The gateway runs in spite of `warnings`.
struct accepted_settings {
    config::settings settings;
    std::vector<fault> warnings;
};

using read_result = std::variant<accepted_settings, std::vector<fault>>;

// Reads and checks one YAML file (docs/configuration.md, Configuration); all faults are found in
// one pass and returned in file order. Unknown and repeated keys are faults. `${NAME}` inside a
// value is replaced by the environment variable; an unset one is a fault. Relative paths start at
// the file's folder. `known_methods` are the keys allowed under `methods:`. No content of the file
// makes it throw.
read_result read_settings_file(
    const std::string& path, const std::vector<std::string>& known_methods
);

// The same from text; faults call the file `name`, relative paths start at `folder`.
read_result read_settings(
    std::string_view yaml,
    const std::string& name,
    const std::string& folder,
    const std::vector<std::string>& known_methods
);

}  // namespace gateway::config
