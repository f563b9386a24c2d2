#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reading.hpp"
#include "config/yaml_tree.hpp"

// A section of the configuration as a table of knobs: each row has the key, the accepted values,
// the member that it sets and its meaning. The same table reads a file, finds its faults and writes
// the reference.

namespace gateway::config {

// One line of the reference.
struct reference_row {
    std::string path;
    std::string expected;
    std::string fallback;  // "required", the default, or empty
    std::string meaning;
};

// The accepted values of a knob and how they are stored in a Target.
template <class Target>
struct knob_kind {
    std::string expected;
    std::function<void(const yaml_node&, const std::string& path, Target&, reading&)> read;
    std::function<std::string(const Target&)> show;
    // For a knob that contains knobs: appends their rows, with the defaults of the given Target.
    std::function<void(const std::string& path, const Target&, std::vector<reference_row>&)> inside;
};

enum class need { optional, required };

template <class Target>
struct knob {
    std::string key;
    knob_kind<Target> kind;
    std::string meaning;
    config::need need = config::need::optional;
};

template <class Target>
using knob_table = std::vector<knob<Target>>;

// An explanation for a key that no knob has; empty: the fault says "unknown key".
using unknown_key_hint = std::function<std::string(std::string_view key)>;

// "unknown key" with a suggestion: the nearest known key, or all of them.
std::string unknown_key(std::string_view key, const std::vector<std::string>& known);

inline std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

// Visits each entry of a section; a repeated key is a fault. False, and a fault, if `node` is no
// section.
bool for_each_key(
    const yaml_node& node,
    const std::string& path,
    reading& into,
    const std::function<void(const yaml_entry&)>& visit
);

template <class Target>
void read_section(
    const yaml_node& node,
    const std::string& path,
    const knob_table<Target>& table,
    Target& target,
    reading& into,
    const unknown_key_hint& hint = {}
) {
    const bool is_section = for_each_key(node, path, into, [&](const yaml_entry& entry) {
        std::vector<std::string> known;
        for (const knob<Target>& row : table) {
            if (row.key == entry.key) {
                row.kind.read(entry.value, join(path, row.key), target, into);
                return;
            }
            known.push_back(row.key);
        }
        const std::string explanation = hint ? hint(entry.key) : std::string();
        into.fault_at(
            entry.line,
            join(path, entry.key),
            explanation.empty() ? unknown_key(entry.key, known) : explanation
        );
    });
    if (!is_section) {
        return;
    }
    for (const knob<Target>& row : table) {
        if (row.need == need::required && node.find(row.key) == nullptr) {
            into.fault_at(node.line, join(path, row.key), "missing: expected " + row.kind.expected);
        }
    }
}

template <class Target>
void describe_section(
    const std::string& path,
    const knob_table<Target>& table,
    const Target& defaults,
    std::vector<reference_row>& rows
) {
    for (const knob<Target>& row : table) {
        const std::string fallback =
            row.need == need::required ? "required" : row.kind.show(defaults);
        rows.push_back({join(path, row.key), row.kind.expected, fallback, row.meaning});
        if (row.kind.inside) {
            row.kind.inside(join(path, row.key), defaults, rows);
        }
    }
}

}  // namespace gateway::config
