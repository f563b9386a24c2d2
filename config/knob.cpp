#include "config/knob.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "config/value_forms.hpp"

namespace gateway::config {
namespace {

// Levenshtein distance.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string unknown_key(std::string_view key, const std::vector<std::string>& known) {
    constexpr std::size_t longest_key = 64;
    constexpr std::size_t near = 2;
    std::string text = "unknown key";
    if (key.size() > longest_key) {
        return text;
    }
    for (const std::string& candidate : known) {
        if (candidate == std::string(key) + "_file") {
            return text + "; secrets come from files: " + candidate;
        }
    }
    const auto nearest = std::min_element(
        known.begin(),
        known.end(),
        [key](const std::string& a, const std::string& b) {
            return edit_distance(key, a) < edit_distance(key, b);
        }
    );
    if (nearest != known.end() && edit_distance(key, *nearest) <= near) {
        return text + "; did you mean " + *nearest + "?";
    }
    return text + "; expected " + either(known);
}

bool for_each_key(
    const yaml_node& node,
    const std::string& path,
    reading& into,
    const std::function<void(const yaml_entry&)>& visit
) {
    if (node.is != yaml_node::form::section) {
        into.expected(node, path, "a section");
        return false;
    }
    std::map<std::string_view, int> first_lines;
    for (const yaml_entry& entry : node.entries) {
        const auto [first, is_new] = first_lines.emplace(entry.key, entry.line);
        if (!is_new) {
            into.fault_at(
                entry.line,
                join(path, entry.key),
                "repeated key, first set in line " + std::to_string(first->second)
            );
            continue;
        }
        visit(entry);
    }
    return true;
}

}  // namespace gateway::config
