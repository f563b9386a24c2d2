// What must hold after a random run, whatever happened in it.
#include <algorithm>
#include <set>
#include <sstream>

#include "random_run.hpp"

namespace gateway::crash {
namespace {

// What caller, journal and platform know of one wish.
struct evidence {
    const story& caller;
    bool alone = false;  // no other wish can have caused an effect that counts as its own
    const journal_row* row = nullptr;
    std::vector<const executed_effect*> effects;
    std::vector<const platform_request*> requests;
};

using sentences = std::vector<std::string>;

bool raises_to(const executed_effect& effect, std::int64_t total) {
    return std::any_of(effect.totals.begin(), effect.totals.end(), [total](const auto& one) {
        return one.second == total;
    });
}

// Whether an effect under the wish's natural key is the wish's.
bool is_effect_of(const executed_effect& effect, const wish& what) {
    return what.total == 0 || raises_to(effect, what.total);
}

// Faults that leave TOP's errors readable (which name no method, so that another method's name
// changes nothing): after a refusal under one of these the gateway knows that nothing happened.
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
        "gbk-answer",
        "late",
        "execute-then-late",
        "other-method-node",
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

// Everything known about one wish, for the report.
std::string all_about(const evidence& of) {
    std::ostringstream out;
    const auto& what = of.caller.what;
    out << to_string(what.what) << ' ' << what.natural << ", total " << what.total << "; heard:";
    for (const auto& one : of.caller.heard) {
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
    const auto& what = of.caller.what;
    const bool was_accepted = std::any_of(
        of.caller.heard.begin(), of.caller.heard.end(), [](const auto& a) { return !a.id.empty(); }
    );
    if (of.row == nullptr) {
        if (was_accepted) {
            broken.push_back(what.key + " was accepted and is lost");
        }
        if (!of.effects.empty() && of.alone) {
            broken.push_back(what.key + " was executed and the journal knows nothing of it");
        }
        return;
    }
    const bool open = of.row->state == "pending" || of.row->state == "unknown";
    if (open && of.row->error_detail.empty()) {
        broken.push_back(what.key + " is " + of.row->state + " without a stated reason");
    }
    const bool refused_at_last = !of.caller.heard.empty() && of.caller.heard.back().status == 409;
    if (refused_at_last && of.row->state != "failed") {
        broken.push_back(
            what.key + " was refused for its own sake, though it was " + of.row->state
        );
    }
    const bool any_open = std::any_of(
        of.row->attempts.begin(), of.row->attempts.end(), [](const auto& a) { return !a.finished; }
    );
    if (any_open) {
        broken.push_back(what.key + " has an attempt without an end");
    }
    if (is_final(of.caller.last_state()) && of.row->state != of.caller.last_state() &&
        of.caller.last_state() != "failed") {
        broken.push_back(
            what.key + " was told " + of.caller.last_state() + ", the journal says " + of.row->state
        );
    }
}

bool executed_by(const evidence& of, const std::string& time) {
    return std::any_of(of.effects.begin(), of.effects.end(), [&](const auto* effect) {
        return effect->at <= time;
    });
}

void check_answers(const evidence& of, sentences& broken) {
    const auto& what = of.caller.what;
    const auto found = contradictions_in(of.caller);
    broken.insert(broken.end(), found.begin(), found.end());
    for (const auto& one : of.caller.heard) {
        if (one.state == "succeeded" && !executed_by(of, one.heard_at_text)) {
            broken.push_back(what.key + " was told succeeded and was not executed");
        }
        if (one.state == "rejected" && !of.effects.empty() && of.alone) {
            broken.push_back(what.key + " was told rejected and was executed");
        }
        // Another request of the same caller may start it over while this answer is on its way.
        if (one.state == "failed" && executed_by(of, one.asked_at_text) && of.alone) {
            broken.push_back(what.key + " was told failed and was executed before");
        }
    }
    const bool failed_in_the_end =
        of.caller.last_state() == "failed" && of.row != nullptr && of.row->state == "failed";
    if (failed_in_the_end && !of.effects.empty() && of.alone) {
        broken.push_back(what.key + " failed in the end and was executed");
    }
}

void check_sends(const evidence& of, sentences& broken) {
    const auto& what = of.caller.what;
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
        const bool not_done =
            early.verdict.starts_with("refused") || early.verdict.starts_with("not executed");
        if (!not_done || !readable_under(early.faults)) {
            broken.push_back(
                what.key + " was sent again though the platform had it: " + early.verdict + ", " +
                early.faults
            );
        }
    }
}

std::string platform_name(const wish& what) {
    return what.what == kind::eticket ? what.natural + ":3001" : what.natural;
}

std::vector<evidence> evidence_in(const run_result& of) {
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
    std::map<std::string, int> wishes;
    for (const auto& one : of.stories) {
        ++wishes[platform_name(one.what)];
    }
    std::vector<evidence> all;
    for (const auto& one : of.stories) {
        const auto name = platform_name(one.what);
        const auto row = rows.find(one.what.key);
        auto& made = all.emplace_back(evidence{
            .caller = one,
            // A total is its wish's own even when the order is not.
            .alone = one.what.total != 0 || wishes[name] == 1,
            .row = row == rows.end() ? nullptr : row->second,
            .effects = {},
            .requests = requests[name],
        });
        std::copy_if(
            effects[name].begin(),
            effects[name].end(),
            std::back_inserter(made.effects),
            [&](const auto* effect) { return is_effect_of(*effect, one.what); }
        );
    }
    return all;
}

}  // namespace

std::vector<std::string> broken_promises(const run_result& of) {
    sentences broken;
    for (const auto& one : evidence_in(of)) {
        const auto before = broken.size();
        check_journal(one, broken);
        check_answers(one, broken);
        check_sends(one, broken);
        if (!one.caller.settled()) {
            broken.push_back(
                one.caller.what.key + " did not come to an end: " + one.caller.last_state()
            );
        }
        if (broken.size() > before) {
            broken.push_back(all_about(one));
        }
    }
    if (of.exit_status != 0) {
        broken.push_back("the gateway ended with " + std::to_string(of.exit_status));
    }
    return broken;
}

}  // namespace gateway::crash
