#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/flow/world.hpp"

// What the simulator saw and did.

namespace gateway::crash {

struct platform_request {
    std::string natural_key;
    std::string verdict;  // "executed", "refused", "not executed", …
    std::string faults;   // applied to this call, by name
};

// In order of arrival; `natural_key` may be a part of the platform's own.
std::vector<platform_request> requests_seen(const flow::world& w);
std::size_t requests_for(const flow::world& w, const std::string& natural_key);

struct platform_effect {
    std::int64_t times = 0;
    std::map<std::string, std::int64_t> totals;  // order.verify: used so far, by code
};
// Every executed effect by natural key.
std::map<std::string, platform_effect> effects_done(const flow::world& w);

}  // namespace gateway::crash
