#include <algorithm>
#include <iomanip>
#include <ostream>

#include "random_run.hpp"

namespace gateway::crash {
namespace {

void print_kills(std::ostream& out, const run_counts& counts) {
    for (const auto& [moment, times] : counts.kills) {
        out << "  killed " << moment << ": " << times << '\n';
    }
    const auto mean = counts.starts > 0 ? counts.all_starts.count() / counts.starts : 0;
    out << "  simulator killed: " << counts.simulator_kills
        << "; kills whose held bytes arrived late: " << counts.late_arrivals
        << "\n  start to serving: mean " << mean << " ms, longest " << counts.longest_start.count()
        << " ms\n  faults asked for:";
    for (const auto& [name, times] : counts.faults_asked) {
        out << ' ' << name << ' ' << times << ',';
    }
    out << '\n';
}

void print_totals(std::ostream& out, const run_result& of) {
    std::size_t attempts = 0;
    std::ptrdiff_t ambiguous = 0;
    for (const auto& row : of.journal) {
        attempts += row.attempts.size();
        ambiguous += std::count_if(row.attempts.begin(), row.attempts.end(), [](const auto& a) {
            return a.verdict == "ambiguous";
        });
    }
    out << "  wishes " << of.stories.size() << ", in the journal " << of.journal.size()
        << ", attempts " << attempts << " (ambiguous " << ambiguous << "), platform requests "
        << of.requests.size() << ", effects " << of.effects.size() << '\n';
}

void print_heard(std::ostream& out, const run_result& of) {
    std::map<std::string, std::map<std::string, int>> ends;
    std::map<unsigned, int> statuses;
    for (const auto& one : of.stories) {
        const auto state = one.last_state();
        ++ends[std::string(to_string(one.what.what))][state.empty() ? "not accepted" : state];
        for (const auto& heard : one.heard) {
            ++statuses[heard.status];
        }
    }
    out << "  callers heard:";
    for (const auto& [status, times] : statuses) {
        out << ' ' << (status == 0 ? "nothing" : std::to_string(status)) << ' ' << times << ',';
    }
    out << '\n';
    for (const auto& [method, states] : ends) {
        out << "  " << method << ':';
        for (const auto& [state, times] : states) {
            out << ' ' << state << ' ' << times << ',';
        }
        out << '\n';
    }
}

}  // namespace

void print(std::ostream& out, const run_options& options, const run_result& of) {
    out << "seed " << options.seed << ", " << options.kills << " kills, " << options.callers
        << " callers: " << std::fixed << std::setprecision(1)
        << static_cast<double>(of.counts.took.count()) / 1000 << " s\n";
    print_kills(out, of.counts);
    print_outcome(out, of);
}

void print_outcome(std::ostream& out, const run_result& of) {
    print_totals(out, of);
    print_heard(out, of);
}

}  // namespace gateway::crash
