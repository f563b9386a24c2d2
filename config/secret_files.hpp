#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "base/secret_text.hpp"

namespace gateway::config {

// The content of a secret's file without one trailing line break (LF or CRLF), at most `most_kib`.
// The alternative is one sentence saying what is wrong (missing, not readable, empty, too large).
std::variant<base::secret_text, std::string> load_secret_file(
    const std::string& path, std::size_t most_kib = 64
);

}  // namespace gateway::config
