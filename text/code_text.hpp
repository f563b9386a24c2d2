#pragma once

#include <optional>
#include <string_view>

#include "base/redacted_text.hpp"

namespace gateway::text {

// Codes of a new wish are checked for characters that a person can't see; codes of a wish that an
// earlier version has accepted are read as recorded.
enum class code_rule { checked, recorded };

// Names the first character that keeps `text` (valid UTF-8) from being a code, an order number or a
// token, e.g. "has U+200B (zero width space) at its end"; nothing if all are fit. White space is
// unfit at either end; controls, line separators and invisible format characters are unfit
// anywhere: a person can't see them, and a guard would take two spellings for two codes.
std::optional<base::redacted_text> code_fault(std::string_view text);

}  // namespace gateway::text
