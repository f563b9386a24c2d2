#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_reader.hpp"
#include "config/yaml_tree.hpp"

namespace gateway::config {

struct expansion {
    std::string text;
    std::string problem;  // one sentence; empty: none
};

// The text with every ${NAME} replaced by the environment's value.
expansion expand_environment(std::string_view text);

// The state of reading one file: its folder, where relative paths start, and the faults and
// warnings found so far.
class reading {
public:
    reading(std::string file, std::string folder);

    // `path` is the knob's: "server.api.port"; empty for the file as a whole.
    void fault_at(int line, std::string_view path, std::string_view what);
    void warn_at(int line, std::string_view path, std::string_view what);
    // Adds a fault "expected …, found …", with the value as written unless it may be a secret.
    void expected(
        const yaml_node& node, std::string_view path, std::string_view what, bool shown = true
    );

    // The node's text with every ${NAME} replaced by the environment's value. Nothing, and a fault,
    // if the node is no text or empty, or a name is unset.
    std::optional<std::string> text_of(
        const yaml_node& node,
        std::string_view path,
        std::string_view expected_form,
        bool shown = true
    );
    // Resolves a file's path, relative to the configuration file's folder.
    std::string resolve(std::string_view written) const;

    // Both in file order; those of the whole file come first.
    const std::vector<fault>& faults() const { return faults_; }
    const std::vector<fault>& warnings() const { return warnings_; }

private:
    std::string file_;
    std::string folder_;
    std::vector<fault> faults_;
    std::vector<fault> warnings_;
};

}  // namespace gateway::config
