#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "redemption/model.hpp"

namespace gateway::handlers {

// "/v1/redemptions/<id>": Location, Content-Location and a problem's `instance`.
std::string path_of(const redemption::redemption_id& id);

// A redemption id as a caller wrote it (any case), or nothing when it can't be one.
std::optional<redemption::redemption_id> read_id(std::string_view text);

}  // namespace gateway::handlers
