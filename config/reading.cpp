#include "config/reading.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace gateway::config {
namespace {

constexpr std::size_t longest_shown = 60;

// Replaces control characters: the text is printed on terminals and in logs.
std::string on_one_line(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            c = '?';
        }
    }
    return text;
}

std::string in_quotes(std::string_view text) {
    std::string shown = "\"";
    shown += text.substr(0, longest_shown);
    shown += text.size() > longest_shown ? "…\"" : "\"";
    return shown;
}

// As in https://name:password@host.
bool may_hold_a_password(std::string_view text) {
    const auto authority = text.find("://");
    return authority != std::string_view::npos &&
           text.find('@', authority) != std::string_view::npos;
}

std::string describe(const yaml_node& node, bool shown) {
    switch (node.is) {
        case yaml_node::form::nothing:
            return "nothing";
        case yaml_node::form::list:
            return "a list";
        case yaml_node::form::section:
            return "a section";
        case yaml_node::form::text:
            break;
    }
    if (!shown || may_hold_a_password(node.text)) {
        return "something else (" + std::to_string(node.text.size()) + " characters)";
    }
    return in_quotes(node.text);
}

std::string with_path(std::string_view path, std::string_view what) {
    std::string text(path);
    if (!path.empty()) {
        text += ": ";
    }
    text += what;
    return on_one_line(std::move(text));
}

bool is_variable_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

void insert_in_file_order(std::vector<fault>& faults, fault found) {
    const auto behind = std::upper_bound(
        faults.begin(),
        faults.end(),
        found.line,
        [](int line, const fault& other) { return line < other.line; }
    );
    faults.insert(behind, std::move(found));
}

}  // namespace

expansion expand_environment(std::string_view text) {
    expansion result;
    while (true) {
        const std::size_t start = text.find("${");
        result.text += text.substr(0, start);
        if (start == std::string_view::npos) {
            return result;
        }
        const std::size_t end = text.find('}', start);
        const std::string name(text.substr(start + 2, end - start - 2));
        if (end == std::string_view::npos || !is_variable_name(name)) {
            result.problem = "expected ${NAME} with letters, digits and '_' in the name";
            return result;
        }
        const char* const value = std::getenv(name.c_str());
        if (value == nullptr) {
            result.problem = "environment variable " + name + " is not set";
            return result;
        }
        result.text += value;
        text.remove_prefix(end + 1);
    }
}

reading::reading(std::string file, std::string folder)
    : file_(std::move(file)), folder_(std::move(folder)) {}

void reading::fault_at(int line, std::string_view path, std::string_view what) {
    insert_in_file_order(faults_, {file_, line, with_path(path, what)});
}

void reading::warn_at(int line, std::string_view path, std::string_view what) {
    insert_in_file_order(warnings_, {file_, line, with_path(path, what)});
}

void reading::expected(
    const yaml_node& node, std::string_view path, std::string_view what, bool shown
) {
    fault_at(node.line, path, "expected " + std::string(what) + ", found " + describe(node, shown));
}

std::optional<std::string> reading::text_of(
    const yaml_node& node, std::string_view path, std::string_view expected_form, bool shown
) {
    if (node.is != yaml_node::form::text || node.text.empty()) {
        expected(node, path, expected_form, shown);
        return std::nullopt;
    }
    expansion expanded = expand_environment(node.text);
    if (!expanded.problem.empty()) {
        fault_at(node.line, path, expanded.problem);
        return std::nullopt;
    }
    if (expanded.text.empty()) {
        expected(node, path, expected_form, shown);
        return std::nullopt;
    }
    return std::move(expanded.text);
}

std::string reading::resolve(std::string_view written) const {
    return (std::filesystem::path(folder_) / written).lexically_normal().string();
}

}  // namespace gateway::config
