#pragma once

#include <cstddef>

#include "redemption/rules/circuit_breaker.hpp"

namespace gateway::redemption {

// What an operator allows one account (docs/redemption-rules.md, Admission).
struct account_limits {
    double requests_per_second = 50;
    std::size_t in_flight = 64;
    // Redemptions that wait beside those in flight.
    std::size_t queue = 1'000;
    breaker_limits breaker{};
};

}  // namespace gateway::redemption
