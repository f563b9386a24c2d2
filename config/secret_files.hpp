#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "base/secret_text.hpp"

namespace gateway::config {

// The path for messages. One that leads to no file is not told, only the folder if there is one:
// somebody may have written a secret in place of its file's path.
std::string described_path(const std::string& path);

// Reads a secret's file of at most `most_kib` KiB, without one trailing line break (LF or CRLF).
// The alternative is one sentence about the fault (missing, not readable, empty, too large).
std::variant<base::secret_text, std::string> load_secret_file(
    const std::string& path, std::size_t most_kib = 64
);

}  // namespace gateway::config
