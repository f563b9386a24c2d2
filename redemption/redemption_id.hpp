#pragma once

#include <chrono>
#include <cstdint>

#include "redemption/model.hpp"

namespace gateway::redemption {

// A UUIDv7 (RFC 9562) made of the time and 64 random bits: it grows with time, so that the
// journal's newest-first order is the id's order.
redemption_id new_redemption_id(std::chrono::system_clock::time_point now, std::uint64_t random);

}  // namespace gateway::redemption
