#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/simulation/world.hpp"

namespace gateway::simulation {
namespace {

// Few, as they are built without optimisation and run with the sanitizers as well; script/simulate
// runs as many as time allows.
constexpr std::uint64_t seeds = 400;
constexpr std::uint64_t shared_seeds = 40;

// Rare ones take more seeds.
constexpr std::ptrdiff_t most_states = 34;

std::string last_lines(const std::vector<std::string>& trace) {
    std::ostringstream out;
    const std::size_t from = trace.size() > 200 ? trace.size() - 200 : 0;
    for (std::size_t i = from; i < trace.size(); ++i) {
        out << trace[i] << '\n';
    }
    return out.str();
}

TEST(Simulation, KeepsEveryPromiseWhateverTheSeed) {
    coverage all;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const auto report = run_seed(seed, false);
        all.add(report.reached);
        ASSERT_FALSE(report.broken) << "seed " << seed << ": " << *report.broken << '\n'
                                    << last_lines(run_seed(seed, true).trace);
    }
    const auto reached =
        std::count_if(all.counts.begin(), all.counts.end(), [](auto times) { return times > 0; });
    EXPECT_GE(reached, most_states) << "rare states are not reached any more";
}

TEST(Simulation, KeepsEveryPromiseWithSeveralProcesses) {
    for (std::uint64_t seed = 1; seed <= shared_seeds; ++seed) {
        const auto several = [seed](swarm& of) {
            of.share_journal(seed);
        };
        const auto report = run_seed(seed, false, several);
        ASSERT_FALSE(report.broken) << "seed " << seed << ": " << *report.broken << '\n'
                                    << last_lines(run_seed(seed, true, several).trace);
    }
}

TEST(Simulation, RepeatsARunFromItsSeed) {
    for (const std::uint64_t seed : {3U, 17U, 88U}) {
        const auto one = run_seed(seed, true);
        const auto other = run_seed(seed, true);
        EXPECT_FALSE(one.trace.empty());
        EXPECT_EQ(one.trace, other.trace);
        EXPECT_EQ(one.reached.steps, run_seed(seed, false).reached.steps);
    }
}

}  // namespace
}  // namespace gateway::simulation
