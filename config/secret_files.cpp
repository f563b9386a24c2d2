#include "config/secret_files.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace gateway::config {
namespace {

constexpr std::size_t max_bytes = 64 * 1024;

void remove_one_line_break(std::string& text) {
    if (text.ends_with("\r\n")) {
        text.resize(text.size() - 2);
    } else if (text.ends_with('\n')) {
        text.pop_back();
    }
}

}  // namespace

std::variant<secret_text, std::string> load_secret_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return path + " cannot be read: " + (error ? error.message() : "not a regular file");
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return path + " cannot be opened for reading";
    }
    // One byte more than allowed tells "too large" from "just fits".
    std::string content(max_bytes + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (in.bad()) {
        return path + " cannot be read";
    }
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > max_bytes) {
        return path + " is larger than 64KiB";
    }
    remove_one_line_break(content);
    if (content.empty()) {
        return path + " is empty";
    }
    return secret_text(std::move(content));
}

}  // namespace gateway::config
