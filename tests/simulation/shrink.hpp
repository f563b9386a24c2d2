#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/world.hpp"

namespace gateway::simulation {

struct smaller_run {
    std::string without;  // the faults and disturbances that are not needed to fail
    std::uint64_t seed = 0;
    run_report report;  // with its trace
};

// Looks for a run that still fails with fewer keys, faults and disturbances than the one of `seed`.
// Without one of them the rest of a run is drawn differently, so that some seeds are tried each
// time.
smaller_run shrink(std::uint64_t seed);

}  // namespace gateway::simulation
