#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/coverage.hpp"
#include "tests/simulation/swarm.hpp"

namespace gateway::simulation {

// The outcome of one run. The same seed gives the same run, with or without its trace.
struct run_report {
    std::optional<std::string> broken;  // the first invariant that did not hold
    std::vector<std::string> trace;     // when asked for: time, actor, event
    coverage reached;
};

// `change` adapts the settings that the seed has drawn.
run_report run_seed(
    std::uint64_t seed, bool tracing, const std::function<void(swarm&)>& change = nullptr
);

}  // namespace gateway::simulation
