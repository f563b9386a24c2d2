#pragma once

#include <optional>
#include <string>
#include <variant>

#include "config/secret_text.hpp"

namespace gateway::config {

// The content of a secret's file without one trailing line break (LF or CRLF), at most 64 KiB.
// The alternative is one sentence saying what is wrong (missing, not readable, empty, too large).
std::variant<secret_text, std::string> load_secret_file(const std::string& path);

}  // namespace gateway::config
