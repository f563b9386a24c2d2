#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/flow/world.hpp"

// The simulator's record of requests and effects.

namespace gateway::crash {

struct platform_request {
    std::string natural_key;
    std::string verdict;     // "executed", "refused", "not executed", …
    std::string faults;      // applied to this call, by name
    std::int64_t total = 0;  // of a write-off that gives the running total of its code
};

// In order of arrival; `natural_key` may be a part of the platform's own.
std::vector<platform_request> requests_seen(const flow::world& w);
std::size_t requests_for(const flow::world& w, const std::string& natural_key);

// One effect that the simulator executed, from its ledger's file.
struct executed_effect {
    std::string method;
    std::string natural_key;
    std::string at;
    std::map<std::string, std::int64_t> totals;  // order.verify: used so far, by code
};
// In the order they happened.
std::vector<executed_effect> effects_in(const std::filesystem::path& ledger);

}  // namespace gateway::crash
