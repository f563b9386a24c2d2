#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/simulation/shrink.hpp"
#include "tests/simulation/world.hpp"

// simulate SECONDS [SEED [all] [alone|shared]]: as many runs as fit into the time, on all cores,
// from a seed on; or, with SECONDS 0, that one run with its trace. Every eighth seed is of several
// processes on one journal; with `shared` all are, with `alone` none. Ends with 1 when an invariant
// broke.

namespace {

using gateway::simulation::coverage;
using gateway::simulation::run_report;
using gateway::simulation::run_seed;
using gateway::simulation::seen_names;

// A state that is reached less often than once in so many runs would be missed for want of runs.
constexpr std::uint64_t runs_for_coverage = 100'000;

constexpr std::uint64_t one_shared_of = 8;

enum class kind_of_runs { mixed, alone, shared };

struct all_runs {
    kind_of_runs kind = kind_of_runs::mixed;
    std::mutex lock;
    coverage reached;
    std::uint64_t runs = 0;
    std::uint64_t broken_seed = 0;
    bool goes_on = false;                                         // after a broken invariant
    std::map<std::string, std::vector<std::uint64_t>> broken_by;  // seeds, by invariant
    bool broken = false;
};

bool is_shared(std::uint64_t seed, kind_of_runs kind) {
    return kind == kind_of_runs::mixed ? seed % one_shared_of == 0 : kind == kind_of_runs::shared;
}

std::function<void(gateway::simulation::swarm&)> processes_of(
    std::uint64_t seed, kind_of_runs kind
) {
    if (!is_shared(seed, kind)) {
        return nullptr;
    }
    return [seed](gateway::simulation::swarm& of) {
        of.share_journal(seed);
    };
}

int show(std::uint64_t seed, kind_of_runs kind) {
    const run_report report = run_seed(seed, true, processes_of(seed, kind));
    for (const auto& line : report.trace) {
        std::puts(line.c_str());
    }
    if (report.broken) {
        std::printf(
            "seed %llu broke: %s\n", static_cast<unsigned long long>(seed), report.broken->c_str()
        );
        return 1;
    }
    std::printf("seed %llu: every invariant held\n", static_cast<unsigned long long>(seed));
    return 0;
}

// The seed that failed, and the trace of a smaller run that fails.
int show_smaller(std::uint64_t seed) {
    const auto first = run_seed(seed, false);
    const auto smaller = gateway::simulation::shrink(seed);
    for (const auto& line : smaller.report.trace) {
        std::puts(line.c_str());
    }
    std::printf(
        "above: seed %llu, without %s: %s\n",
        static_cast<unsigned long long>(smaller.seed),
        smaller.without.c_str(),
        smaller.report.broken.value_or("").c_str()
    );
    std::printf(
        "seed %llu broke: %s\n", static_cast<unsigned long long>(seed), first.broken->c_str()
    );
    return 1;
}

void work(
    std::atomic<std::uint64_t>& next,
    const std::atomic<bool>& stop,
    std::chrono::steady_clock::time_point end,
    all_runs& all
) {
    coverage reached;
    std::uint64_t runs = 0;
    while (!stop && std::chrono::steady_clock::now() < end) {
        const auto seed = next++;
        const run_report report = run_seed(seed, false, processes_of(seed, all.kind));
        reached.add(report.reached);
        ++runs;
        if (report.broken && all.goes_on) {
            const std::lock_guard guard(all.lock);
            all.broken_by[report.broken->substr(0, report.broken->find_first_of("[0123456789"))]
                .push_back(seed);
            continue;
        }
        if (report.broken) {
            const std::lock_guard guard(all.lock);
            if (!all.broken || seed < all.broken_seed) {
                all.broken_seed = seed;
            }
            all.broken = true;
            break;
        }
        if (const std::lock_guard guard(all.lock); all.broken) {
            break;
        }
    }
    const std::lock_guard guard(all.lock);
    all.reached.add(reached);
    all.runs += runs;
}

bool print_coverage(const all_runs& all) {
    bool incomplete = false;
    for (std::size_t i = 0; i < seen_names.size(); ++i) {
        const auto count = all.reached.counts[i];
        std::printf(
            "  %-28s %llu\n",
            std::string(seen_names[i]).c_str(),
            static_cast<unsigned long long>(count)
        );
        const bool of_several = i >= gateway::simulation::first_of_several;
        const bool expected =
            all.kind == kind_of_runs::mixed || (all.kind == kind_of_runs::shared) == of_several;
        incomplete = incomplete || (expected && count == 0);
    }
    return !incomplete || all.runs < runs_for_coverage;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 5) {
        std::fputs(
            "usage: simulate SECONDS [SEED [all] [alone|shared]]   (0 seconds: one run, with its "
            "trace; all: counts the broken invariants)\n",
            stderr
        );
        return 2;
    }
    const auto span = std::strtod(argv[1], nullptr);
    const auto first = argc > 2 ? std::strtoull(argv[2], nullptr, 10)
                                : static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000;
    const auto given = [&](const char* word) {
        return std::any_of(argv + std::min(argc, 3), argv + argc, [&](const char* one) {
            return std::string(one) == word;
        });
    };
    const auto kind = given("shared")  ? kind_of_runs::shared
                      : given("alone") ? kind_of_runs::alone
                                       : kind_of_runs::mixed;
    if (span <= 0) {
        return show(first, kind);
    }
    std::printf("simulating from seed %llu\n", static_cast<unsigned long long>(first));
    std::fflush(stdout);
    all_runs all;
    all.kind = kind;
    all.goes_on = given("all");
    std::atomic<std::uint64_t> next{first};
    const std::atomic<bool> stop{false};
    const auto began = std::chrono::steady_clock::now();
    const auto end = began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(span)
                             );
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        threads.emplace_back([&] { work(next, stop, end, all); });
    }
    for (auto& one : threads) {
        one.join();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const bool sees = print_coverage(all);
    std::printf(
        "%llu runs in %.1f s, %.0f a second; %llu steps, %llu attempts\n",
        static_cast<unsigned long long>(all.runs),
        took.count(),
        static_cast<double>(all.runs) / took.count(),
        static_cast<unsigned long long>(all.reached.steps),
        static_cast<unsigned long long>(all.reached.attempts)
    );
    for (const auto& [invariant, seeds] : all.broken_by) {
        std::printf(
            "%zu times, first by seed %llu: %s\n",
            seeds.size(),
            static_cast<unsigned long long>(*std::min_element(seeds.begin(), seeds.end())),
            invariant.c_str()
        );
    }
    if (!all.broken_by.empty()) {
        return 1;
    }
    if (all.broken && is_shared(all.broken_seed, kind)) {
        return show(all.broken_seed, kind);
    }
    if (all.broken) {
        return show_smaller(all.broken_seed);
    }
    if (!sees) {
        std::puts(
            "a state of the list above was not reached: the simulation does not cover it any more"
        );
        return 1;
    }
    std::puts("every invariant held");
    return 0;
}
