#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "random_run.hpp"

namespace gateway::crash {

struct replicas_options {
    std::uint64_t seed = 1;
    int kills = 12;
    int pauses = 2;  // longer than the lease
    int database_crashes = 1;
    std::size_t callers = 10;
};

// What a run did, in numbers.
struct replicas_counts {
    std::map<std::string, int> troubles;
    std::map<int, int> exits;  // of replicas after SIGTERM, by status
    std::chrono::milliseconds longest_exit{0};
    std::chrono::milliseconds longest_start{0};
    std::chrono::milliseconds troubled{0};  // from the first trouble to the last
    std::string lives;                      // rows of `replicas`
    std::vector<std::string> failures;      // of the run itself: a replica did not start, ...
};

// Callers post wishes to three gateways on one PostgreSQL server while gateways are killed, paused
// and ended, the server crashes, and connections to it are cut; then every wish is settled. The
// decisions follow from the seed, their timing does not. `judge` gets the result while its files
// still exist.
void replicas_run(
    const replicas_options& options,
    const std::function<void(const run_result&, const replicas_counts&)>& judge
);

// What must not happen to the redemptions of one order: that two are sent alternately, or that a
// total is sent after a higher one was executed.
std::vector<std::string> broken_orders(const run_result& of);

void print(std::ostream& out, const replicas_options& options, const replicas_counts& counts);

}  // namespace gateway::crash
