#include "server/observe/series.hpp"

namespace gateway::server {

// clang-format off
const histogram_bounds request_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const histogram_bounds redemption_bounds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600};
const histogram_bounds commit_bounds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const histogram_bounds group_bounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
const histogram_bounds lag_bounds{0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};
// clang-format on

}  // namespace gateway::server
