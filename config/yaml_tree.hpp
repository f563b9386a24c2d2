#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A YAML document as a plain tree with line numbers. Only the part of YAML that a configuration
// needs: one document, text keys, no anchors, aliases or tags; size and depth are bounded.

namespace gateway::config {

struct yaml_entry;

struct yaml_node {
    enum class form { nothing, text, list, section };

    form is = form::nothing;
    int line = 0;      // 1-based; for a list or section under a key, the key's line
    std::string text;  // of a text: plain and quoted alike, as written
    std::vector<yaml_node> items;
    std::vector<yaml_entry> entries;  // in file order, repeated keys kept

    // The first entry of that key, or null.
    const yaml_node* find(std::string_view key) const;
};

struct yaml_entry {
    std::string key;
    int line = 0;
    yaml_node value;
};

struct yaml_problem {
    int line = 0;  // 0: the file as a whole
    std::string what;
};

// Does not throw, whatever `text` holds. At most 1 MiB, 32 levels, 100 000 values.
std::variant<yaml_node, yaml_problem> parse_yaml(std::string_view text);

}  // namespace gateway::config
