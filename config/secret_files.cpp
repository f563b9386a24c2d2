#include "config/secret_files.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace gateway::config {
namespace {

// Every key fits into the first piece, so that no growing string leaves a copy of it in memory.
constexpr std::size_t piece_bytes = 64 * 1024 + 1;

void remove_one_line_break(std::string& text) {
    if (text.ends_with("\r\n")) {
        text.resize(text.size() - 2);
    } else if (text.ends_with('\n')) {
        text.pop_back();
    }
}

}  // namespace

std::string described_path(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        return path;
    }
    auto folder = std::filesystem::path(path).parent_path();
    if (folder.empty()) {
        folder = std::filesystem::current_path(ignored);
    }
    const bool is_there = std::filesystem::is_directory(folder, ignored);
    return "a file " + (is_there ? "in " + folder.string() : std::string("in a missing folder")) +
           " (not named here: what is written in place of a path may be a secret)";
}

std::variant<base::secret_text, std::string> load_secret_file(
    const std::string& path, std::size_t most_kib
) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        const std::string why = error ? error.message() : "not a regular file";
        return described_path(path) + " cannot be read: " + why;
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return path + " cannot be opened for reading";
    }
    std::string content;
    while (in && content.size() <= most_kib * 1024) {
        const auto before = content.size();
        content.resize(before + piece_bytes);
        in.read(content.data() + before, static_cast<std::streamsize>(piece_bytes));
        content.resize(before + static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) {
        return path + " cannot be read";
    }
    if (content.size() > most_kib * 1024) {
        return path + " is larger than " + std::to_string(most_kib) + "KiB";
    }
    remove_one_line_break(content);
    if (content.empty()) {
        return path + " is empty";
    }
    return base::secret_text(std::move(content));
}

}  // namespace gateway::config
