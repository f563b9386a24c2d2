#pragma once

#include <cstddef>

#include "config/settings.hpp"
#include "redemption/rules/circuit_breaker.hpp"

namespace gateway::redemption {

// Limits that an operator sets for one account (docs/redemption-rules.md, Admission); the defaults
// are those of the configuration.
struct account_limits {
    double requests_per_second = config::account_limits{}.requests_per_second;
    std::size_t in_flight = config::account_limits{}.in_flight;
    // Redemptions that wait beside those in flight.
    std::size_t queue = config::account_limits{}.queue;
    breaker_limits breaker{};
};

}  // namespace gateway::redemption
