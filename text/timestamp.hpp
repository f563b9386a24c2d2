#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "redemption/model.hpp"

namespace gateway::handlers {

// RFC 3339 in UTC with milliseconds: "2026-01-02T03:04:05.678Z".
std::string to_rfc3339(redemption::time_point at);

// Any RFC 3339 date-time of the years 1970 to 9999, with any offset; finer than a millisecond is
// cut off. A leap second (:60) is not a time we know.
std::optional<redemption::time_point> from_rfc3339(std::string_view text);

}  // namespace gateway::handlers
