#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "heard_answers.hpp"
#include "journal_view.hpp"
#include "platform_view.hpp"

namespace gateway::crash {

struct run_options {
    std::uint64_t seed = 1;
    int kills = 100;
    std::size_t callers = 8;
};

// What a run did, in numbers.
struct run_counts {
    std::map<std::string, int> kills;         // by the moment chosen
    std::map<std::string, int> faults_asked;  // by name
    int simulator_kills = 0;
    int late_arrivals = 0;  // connections whose held bytes got through after the kill
    std::chrono::milliseconds longest_start{0};
    std::chrono::milliseconds all_starts{0};
    int starts = 0;
    std::chrono::milliseconds took{0};
};

// What a run left behind.
struct run_result {
    run_counts counts;
    std::vector<story> stories;
    std::vector<journal_row> journal;
    std::vector<platform_request> requests;
    std::vector<executed_effect> effects;
    int exit_status = -1;  // of the last gateway, after SIGTERM
};

// Callers post wishes while gateway and simulator are killed and the platform misbehaves; then
// every wish is settled. The decisions follow from the seed, their timing does not. `judge` gets
// the result while its files still exist.
void random_run(const run_options& options, const std::function<void(const run_result&)>& judge);

// Each sentence is something that must never happen: a redemption lost, doubled, contradicted, sent
// again without need, or left without an end.
std::vector<std::string> broken_promises(const run_result& of);

void print(std::ostream& out, const run_options& options, const run_result& of);
// What became of the wishes, in numbers.
void print_outcome(std::ostream& out, const run_result& of);

}  // namespace gateway::crash
