#include "config/settings_reader.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "config/knobs.hpp"
#include "config/settings_checks.hpp"
#include "config/yaml_tree.hpp"

namespace gateway::config {

std::string fault::text() const {
    const std::string where = line > 0 ? file + ":" + std::to_string(line) : file;
    return where + ": " + what;
}

read_result read_settings(
    std::string_view yaml,
    const std::string& name,
    const std::string& folder,
    const std::vector<std::string>& known_methods
) {
    reading into(name, folder);
    const auto parsed = parse_yaml(yaml);
    if (const auto* problem = std::get_if<yaml_problem>(&parsed)) {
        into.fault_at(problem->line, "", problem->what);
        return into.faults();
    }
    const yaml_node& root = std::get<yaml_node>(parsed);
    accepted_settings accepted;
    read_section(root, "", settings_knobs(known_methods), accepted.settings, into);
    check_settings(accepted.settings, root, into);
    if (!into.faults().empty()) {
        return into.faults();
    }
    warn_about_settings(accepted.settings, root, into);
    accepted.warnings = into.warnings();
    return accepted;
}

read_result read_settings_file(
    const std::string& path, const std::vector<std::string>& known_methods
) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        const std::string why = error ? error.message() : "not a regular file";
        return std::vector<fault>{{path, 0, "cannot be read: " + why}};
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return std::vector<fault>{{path, 0, "cannot be opened for reading"}};
    }
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return read_settings(text, path, folder, known_methods);
}

}  // namespace gateway::config
