// Random callers, random faults, and everything that can happen to several gateways on one
// database:
//   crash_replicas_tests [--kills=12] [--pauses=2] [--database-crashes=1] [--seed=N] [--callers=10]
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "replicas_run.hpp"

namespace gateway::crash {
namespace {

replicas_options options;
constexpr std::size_t shown = 20;

void judge(const run_result& result, const replicas_counts& counts) {
    print(std::cout, options, counts);
    std::cout << "  took " << result.counts.took.count() << " ms\n";
    print_outcome(std::cout, result);
    auto broken = counts.failures;
    for (const auto& found : {broken_promises(result), broken_orders(result)}) {
        broken.insert(broken.end(), found.begin(), found.end());
    }
    for (std::size_t i = 0; i < broken.size() && i < shown; ++i) {
        ADD_FAILURE() << broken[i];
    }
    EXPECT_EQ(broken.size(), 0U) << "seed " << options.seed;
    EXPECT_GT(result.effects.size(), static_cast<std::size_t>(options.kills) / 2)
        << "too little happened to prove anything";
}

TEST(ReplicasRun, BreaksNoPromise) {
    replicas_run(options, judge);
}

// The value of `--name=N`, or nothing.
bool read(std::string_view argument, std::string_view name, std::uint64_t& value) {
    if (!argument.starts_with(name)) {
        return false;
    }
    value = std::strtoull(std::string(argument.substr(name.size())).c_str(), nullptr, 10);
    return true;
}

}  // namespace

bool take_option(std::string_view argument) {
    std::uint64_t value = 0;
    if (read(argument, "--seed=", value)) {
        options.seed = value;
    } else if (read(argument, "--kills=", value)) {
        options.kills = static_cast<int>(value);
    } else if (read(argument, "--pauses=", value)) {
        options.pauses = static_cast<int>(value);
    } else if (read(argument, "--database-crashes=", value)) {
        options.database_crashes = static_cast<int>(value);
    } else if (read(argument, "--callers=", value)) {
        options.callers = value;
    } else {
        return false;
    }
    return true;
}

}  // namespace gateway::crash

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        if (!gateway::crash::take_option(argv[i])) {
            std::cerr << "unknown: " << argv[i] << '\n';
            return EXIT_FAILURE;
        }
    }
    return RUN_ALL_TESTS();
}
