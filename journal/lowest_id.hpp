#pragma once

#include <string>

#include "redemption/model.hpp"

namespace gateway::journal {

// The beginning of the lowest UUIDv7 of a moment ("0192f5a0-0000"), for comparisons with ids.
std::string lowest_id_from(redemption::time_point at);

}  // namespace gateway::journal
