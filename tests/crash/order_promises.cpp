// What must hold for the redemptions of one order, in the order in which the platform saw them.
#include <algorithm>
#include <map>
#include <set>

#include "replicas_run.hpp"

namespace gateway::crash {
namespace {

using sentences = std::vector<std::string>;

using totals = std::set<std::int64_t>;

// The totals of each order whose redemptions were once in doubt. Such a one is never `failed`, and
// so never starts over, behind others.
std::map<std::string, totals> doubted_totals(const run_result& of) {
    std::map<std::string, const journal_row*> rows;
    for (const auto& row : of.journal) {
        rows.emplace(row.key, &row);
    }
    std::map<std::string, totals> doubted;
    for (const auto& one : of.stories) {
        const auto row = rows.find(one.what.key);
        const bool in_doubt =
            row != rows.end() && std::any_of(
                                     row->second->attempts.begin(),
                                     row->second->attempts.end(),
                                     [](const auto& a) { return a.verdict == "ambiguous"; }
                                 );
        if (one.what.total != 0 && in_doubt) {
            doubted[one.what.natural].insert(one.what.total);
        }
    }
    return doubted;
}

// The requests for one order, with their totals.
using sends = std::vector<const platform_request*>;

std::string all_of(const sends& order) {
    std::string text;
    for (const auto* one : order) {
        text += " " + std::to_string(one->total) + " " + one->verdict + " [" + one->faults + "];";
    }
    return text;
}

bool ever_falls(const sends& order) {
    std::int64_t executed = 0;
    for (const auto* one : order) {
        if (one->total < executed) {
            return true;
        }
        if (one->verdict == "executed" || one->verdict == "replayed") {
            executed = std::max(executed, one->total);
        }
    }
    return false;
}

// Whether one of these was sent after another one of its order had been sent in between.
bool interleaves(const sends& order, const totals& doubted) {
    totals over;
    std::int64_t last = 0;
    for (const auto* one : order) {
        if (one->total != last) {
            over.insert(last);
            last = one->total;
            if (over.contains(last) && doubted.contains(last)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

std::vector<std::string> broken_orders(const run_result& of) {
    std::map<std::string, sends> orders;
    for (const auto& one : of.requests) {
        if (one.total != 0) {
            orders[one.natural_key].push_back(&one);
        }
    }
    const auto doubted = doubted_totals(of);
    sentences broken;
    for (const auto& [name, order] : orders) {
        const auto found = doubted.find(name);
        if (found != doubted.end() && interleaves(order, found->second)) {
            broken.push_back("order " + name + " was interleaved:" + all_of(order));
        }
        if (ever_falls(order)) {
            broken.push_back("a total of order " + name + " fell:" + all_of(order));
        }
    }
    return broken;
}

}  // namespace gateway::crash
