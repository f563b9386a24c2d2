// What must hold after a random run, whatever happened in it.
#include <algorithm>
#include <iomanip>
#include <ostream>
#include <set>
#include <sstream>

#include "random_run.hpp"

namespace gateway::crash {
namespace {

// What one wish came to, from every side.
struct evidence {
    const story& told;
    const journal_row* row = nullptr;
    std::vector<const executed_effect*> effects;
    std::vector<const platform_request*> requests;
};

using sentences = std::vector<std::string>;

bool is_of(const wish& what, const std::string& natural_key) {
    return what.what == kind::eticket ? natural_key == what.natural + ":3001"
                                      : natural_key == what.natural;
}

bool raises_to(const executed_effect& effect, std::int64_t total) {
    return std::any_of(effect.totals.begin(), effect.totals.end(), [total](const auto& one) {
        return one.second == total;
    });
}

bool did(const executed_effect& effect, const wish& what) {
    return is_of(what, effect.natural_key) && (what.total == 0 || raises_to(effect, what.total));
}

// Faults that leave an answer readable: after a refusal under one of these the gateway knows that
// nothing happened.
bool readable_under(const std::string& faults) {
    static const std::set<std::string> harmless{
        "throttle",
        "connection-close",
        "chunked",
        "trickle",
        "missing-sub-code",
        "numbers-as-strings",
        "raw-control-characters",
        "attribute-map",
        "business-code",
        "late",
        "execute-then-late",
    };
    std::string name;
    for (const char c : faults + ",") {
        if (c != ',' && c != ' ') {
            name += c;
            continue;
        }
        if (!name.empty() && !harmless.contains(name)) {
            return false;
        }
        name.clear();
    }
    return true;
}

// For people: everything known about one wish.
std::string all_about(const evidence& of) {
    std::ostringstream out;
    const auto& what = of.told.what;
    out << to_string(what.what) << ' ' << what.natural << ", total " << what.total << ", shared "
        << what.natural_is_shared << "; heard:";
    for (const auto& one : of.told.heard) {
        out << ' ' << one.status << ' ' << one.state << " at " << one.heard_at_text << ';';
    }
    if (of.row != nullptr) {
        out << " journal: " << of.row->id << ' ' << of.row->state << ", attempts:";
        for (const auto& one : of.row->attempts) {
            out << ' ' << one.phase << ' ' << one.verdict << ';';
        }
    }
    out << " requests:";
    for (const auto* one : of.requests) {
        out << ' ' << one->verdict << " [" << one->faults << "];";
    }
    out << " effects:";
    for (const auto* one : of.effects) {
        out << " at " << one->at << ';';
    }
    return out.str();
}

void check_journal(const evidence& of, sentences& broken) {
    const auto& what = of.told.what;
    const bool taken_up = std::any_of(
        of.told.heard.begin(), of.told.heard.end(), [](const auto& t) { return !t.id.empty(); }
    );
    if (of.row == nullptr) {
        if (taken_up) {
            broken.push_back(what.key + " was taken up and is lost");
        }
        if (!of.effects.empty() && !what.natural_is_shared) {
            broken.push_back(what.key + " was executed and the journal knows nothing of it");
        }
        return;
    }
    const bool open = of.row->state == "pending" || of.row->state == "unknown";
    if (open && of.row->error_detail.empty()) {
        broken.push_back(what.key + " is " + of.row->state + " without a stated reason");
    }
    const bool any_open = std::any_of(
        of.row->attempts.begin(), of.row->attempts.end(), [](const auto& a) { return !a.finished; }
    );
    if (any_open) {
        broken.push_back(what.key + " has an attempt without an end");
    }
    if (is_final(of.told.last_state()) && of.row->state != of.told.last_state() &&
        of.told.last_state() != "failed") {
        broken.push_back(
            what.key + " was told " + of.told.last_state() + ", the journal says " + of.row->state
        );
    }
}

void check_told(const evidence& of, sentences& broken) {
    const auto& what = of.told.what;
    const auto found = contradictions_in(of.told);
    broken.insert(broken.end(), found.begin(), found.end());
    for (const auto& one : of.told.heard) {
        const bool executed_by_then =
            std::any_of(of.effects.begin(), of.effects.end(), [&](const auto* effect) {
                return effect->at <= one.heard_at_text;
            });
        if (one.state == "succeeded" && !executed_by_then) {
            broken.push_back(what.key + " was told succeeded and was not executed");
        }
        const bool of_its_own = what.total != 0 || !what.natural_is_shared;
        if (one.state == "rejected" && !of.effects.empty() && of_its_own) {
            broken.push_back(what.key + " was told rejected and was executed");
        }
        if (one.state == "failed" && executed_by_then && of_its_own) {
            broken.push_back(what.key + " was told failed and was executed before");
        }
    }
    if (of.told.last_state() == "failed" && of.row != nullptr && of.row->state == "failed" &&
        !of.effects.empty() && (what.total != 0 || !what.natural_is_shared)) {
        broken.push_back(what.key + " failed in the end and was executed");
    }
}

void check_sends(const evidence& of, sentences& broken) {
    const auto& what = of.told.what;
    if (what.what == kind::running_total) {
        return;  // the order's requests belong to several wishes
    }
    if (of.effects.size() > 1) {
        broken.push_back(
            what.key + " was executed " + std::to_string(of.effects.size()) + " times"
        );
    }
    if (what.replay_safe() || of.row == nullptr) {
        return;
    }
    bool in_doubt = false;
    for (const auto& attempt : of.row->attempts) {
        if (in_doubt) {
            broken.push_back(what.key + " was sent again after an ambiguous attempt");
        }
        in_doubt = in_doubt || attempt.verdict == "ambiguous";
    }
    if (of.requests.size() > of.row->attempts.size()) {
        broken.push_back(what.key + " reached the platform more often than it was attempted");
    }
    for (std::size_t i = 0; i + 1 < of.requests.size(); ++i) {
        const auto& early = *of.requests[i];
        const bool said_no =
            early.verdict.starts_with("refused") || early.verdict.starts_with("not executed");
        if (!said_no || !readable_under(early.faults)) {
            broken.push_back(
                what.key + " was sent again though the platform had it: " + early.verdict + ", " +
                early.faults
            );
        }
    }
}

}  // namespace

std::vector<std::string> broken_promises(const run_result& of) {
    std::map<std::string, const journal_row*> rows;
    for (const auto& row : of.journal) {
        rows.emplace(row.key, &row);
    }
    std::map<std::string, std::vector<const executed_effect*>> effects;
    for (const auto& effect : of.effects) {
        effects[effect.natural_key].push_back(&effect);
    }
    std::map<std::string, std::vector<const platform_request*>> requests;
    for (const auto& request : of.requests) {
        requests[request.natural_key].push_back(&request);
    }
    sentences broken;
    for (const auto& one : of.stories) {
        const auto before = broken.size();
        const auto& what = one.what;
        const auto natural = what.what == kind::eticket ? what.natural + ":3001" : what.natural;
        evidence all{.told = one, .row = nullptr, .effects = {}, .requests = requests[natural]};
        if (const auto row = rows.find(what.key); row != rows.end()) {
            all.row = row->second;
        }
        for (const auto* effect : effects[natural]) {
            if (did(*effect, what)) {
                all.effects.push_back(effect);
            }
        }
        check_journal(all, broken);
        check_told(all, broken);
        check_sends(all, broken);
        if (!one.settled()) {
            broken.push_back(what.key + " did not come to an end: " + one.last_state());
        }
        if (broken.size() > before) {
            broken.push_back(all_about(all));
        }
    }
    if (of.exit_status != 0) {
        broken.push_back("the gateway ended with " + std::to_string(of.exit_status));
    }
    return broken;
}

void print(std::ostream& out, const run_options& options, const run_result& of) {
    const auto& counts = of.counts;
    std::map<std::string, std::map<std::string, int>> ends;
    std::map<unsigned, int> statuses;
    std::size_t attempts = 0;
    std::size_t ambiguous = 0;
    for (const auto& one : of.stories) {
        const auto state = one.last_state();
        ++ends[std::string(to_string(one.what.what))][state.empty() ? "not taken up" : state];
        for (const auto& heard : one.heard) {
            ++statuses[heard.status];
        }
    }
    for (const auto& row : of.journal) {
        attempts += row.attempts.size();
        ambiguous += static_cast<std::size_t>(std::count_if(
            row.attempts.begin(),
            row.attempts.end(),
            [](const auto& a) { return a.verdict == "ambiguous"; }
        ));
    }
    out << "seed " << options.seed << ", " << options.kills << " kills, " << options.callers
        << " callers: " << std::fixed << std::setprecision(1)
        << static_cast<double>(counts.took.count()) / 1000 << " s\n";
    for (const auto& [moment, times] : counts.kills) {
        out << "  killed " << moment << ": " << times << '\n';
    }
    out << "  simulator killed: " << counts.simulator_kills
        << "; kills whose held bytes arrived late: " << counts.late_arrivals << '\n'
        << "  start to serving: mean "
        << (counts.starts > 0 ? counts.all_starts.count() / counts.starts : 0) << " ms, longest "
        << counts.longest_start.count() << " ms\n  faults asked for:";
    for (const auto& [name, times] : counts.faults_asked) {
        out << ' ' << name << ' ' << times << ',';
    }
    out << "\n  wishes " << of.stories.size() << ", in the journal " << of.journal.size()
        << ", attempts " << attempts << " (ambiguous " << ambiguous << "), platform requests "
        << of.requests.size() << ", effects " << of.effects.size() << "\n  callers heard:";
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

}  // namespace gateway::crash
