#include "tests/simulation/oracle.hpp"

#include <algorithm>

namespace gateway::simulation {

using namespace redemption;

namespace {

std::string scoped(const record& row, const order_key& name) {
    return row.account.str() + '/' + name.str();
}

std::string text(state s) {
    return std::string(to_string(s));
}

}  // namespace

story* oracle::story_of(const redemption_id& id) {
    const auto* const row = scene_.store.row(id);
    if (row == nullptr) {
        return nullptr;
    }
    const auto found =
        std::find_if(scene_.stories.begin(), scene_.stories.end(), [&](const story& one) {
            return one.key == row->key && one.caller == row->caller;
        });
    return found == scene_.stories.end() ? nullptr : &*found;
}

wish* oracle::wish_of(const record& row) {
    const auto number = static_cast<std::size_t>(std::stoul(std::string(row.params.reveal())));
    return &scene_.wishes.at(number);
}

std::string oracle::about(const story& of) const {
    std::string all = " [" + of.key.str();
    const auto* const row = row_of(of);
    if (row != nullptr) {
        all += ' ' + row->id.str() + " is " + text(row->state) + ", attempts";
        for (const auto& one : row->attempts) {
            all += ' ' + std::string(one.verdict ? to_string(*one.verdict) : "open");
        }
    }
    return all + ", effects " + std::to_string(scene_.wishes[of.wish].effects) + "]";
}

// Order keys

std::string oracle::root(std::string name) const {
    for (auto up = parents_.find(name); up != parents_.end(); up = parents_.find(name)) {
        name = up->second;
    }
    return name;
}

std::set<std::string> oracle::roots(const record& row) const {
    std::set<std::string> all;
    for (const auto& name : row.orders) {
        all.insert(root(scoped(row, name)));
    }
    return all;
}

void oracle::unite(const record& row, const std::vector<order_key>& aliases) {
    if (row.orders.empty()) {
        return;
    }
    const auto first = root(scoped(row, row.orders.front()));
    const auto join = [&](const order_key& name) {
        const auto other = root(scoped(row, name));
        if (other != root(first)) {
            parents_[other] = root(first);
        }
    };
    std::for_each(row.orders.begin(), row.orders.end(), join);
    std::for_each(aliases.begin(), aliases.end(), join);
}

// Journal

// `by_exact_keys`: the start came with the acceptance, when the engine knew no aliases yet.
void oracle::going(const record& row, bool by_exact_keys) {
    std::set<std::string> mine;
    if (by_exact_keys) {
        for (const auto& name : row.orders) {
            mine.insert(scoped(row, name));
        }
    } else {
        mine = roots(row);
    }
    for (const auto& [other, names] : going_) {
        const auto* const other_row = scene_.store.row(other);
        if (other == row.id || other_row == nullptr) {
            continue;
        }
        std::set<std::string> theirs;
        for (const auto& name : other_row->orders) {
            theirs.insert(
                by_exact_keys ? scoped(*other_row, name) : root(scoped(*other_row, name))
            );
        }
        const bool meet = std::any_of(mine.begin(), mine.end(), [&](const auto& name) {
            return theirs.contains(name);
        });
        if (meet) {
            scene_.broke(
                "two redemptions of one order go at once: ",
                row.key.str(),
                " and ",
                other_row->key.str()
            );
        }
    }
    going_[row.id] = std::move(mine);
}

void oracle::on_start_asked(const redemption_id& id) {
    if (const auto* const row = scene_.store.row(id)) {
        going(*row, false);
    }
}

void oracle::on_start_answered(const redemption_id& id, bool started) {
    if (started) {
        may_send_.insert(id);
    } else {
        going_.erase(id);
    }
}

void oracle::on_accept_answered(const record& asked, const accept_outcome& outcome) {
    const auto* const taken = std::get_if<accepted>(&outcome);
    if (taken == nullptr) {
        return;
    }
    const auto& [aliases, started] = *taken;
    const auto* const row = scene_.store.row(asked.id);
    if (row == nullptr) {
        return;
    }
    if (aliases.size() > 1) {
        scene_.reached.count(seen::aliases_merged);
    }
    if (started) {
        going(*row, true);
        may_send_.insert(row->id);
    } else if (!aliases.empty() &&
               std::count(row->orders.begin(), row->orders.end(), aliases.front()) == 0) {
        scene_.reached.count(seen::start_held_for_alias);
    }
    unite(*row, aliases);
}

void oracle::on_settled(const redemption_id& id) {
    going_.erase(id);
    may_send_.erase(id);
    settling_.erase(id);
    auto* const of = story_of(id);
    if (of == nullptr) {
        return;
    }
    of->settled_at = scene_.line.now();
    look_at_history(*of);
}

// An operator decided on what was known then. If it is not so any more when the decision counts,
// what follows is the operator's risk (docs/redemption-rules.md, Operator actions).
void oracle::look_at_history(story& of) {
    const auto* const row = row_of(of);
    if (row == nullptr || row->history.size() <= of.history) {
        return;
    }
    auto& truth = scene_.wishes[of.wish];
    for (; of.history < row->history.size(); ++of.history) {
        const auto& entry = row->history[of.history];
        scene_.reached.count(entry.action == "retry" ? seen::retried_by_operator : seen::resolved);
    }
    const bool as_seen = std::all_of(of.decisions.begin(), of.decisions.end(), [&](int effects) {
        return effects == truth.effects && truth.executes_later == 0;
    });
    if (!as_seen) {
        for (auto& one : scene_.stories) {
            if (scene_.wishes[one.wish].group == truth.group) {
                one.relaxed = true;
            }
        }
    }
    truth.in_doubt = false;  // what goes now was said to go
}

void oracle::raise_totals(const record& row) {
    for (const auto& total : row.totals) {
        auto& highest = confirmed_[row.account.str() + '/' + total.subject];
        highest = std::max(highest, total.total);
    }
}

bool oracle::falls(const record& row) const {
    return std::any_of(row.totals.begin(), row.totals.end(), [&](const running_total& total) {
        const auto highest = confirmed_.find(row.account.str() + '/' + total.subject);
        return highest != confirmed_.end() && total.total < highest->second;
    });
}

// A total that is confirmed in the same commit, or later, does not stop an attempt that has
// started: what an operator resolves holds up no other of its order.
void oracle::on_committed() {
    scene_.store.for_each([&](const record& row) {
        const bool open = !row.attempts.empty() && !row.attempts.back().finished_at;
        if (open && !row.totals.empty()) {
            started_below_.try_emplace({row.id, row.attempts.back().number}, falls(row));
        }
    });
    scene_.store.for_each([&](const record& row) {
        if (row.state == state::succeeded) {
            raise_totals(row);
        }
    });
}

// Platform

void oracle::on_send(wish& what, const attempt_request& request) {
    auto& of = scene_.stories[what.story];
    ++scene_.reached.attempts;
    const auto* const row = row_of(of);
    if (row == nullptr || row->params.reveal() != request.params->reveal()) {
        scene_.broke("sent without being in the journal", about(of));
        return;
    }
    const bool started = !row->attempts.empty() && !row->attempts.back().finished_at;
    if (row->state != state::pending || !started) {
        scene_.broke("sent before the start of the attempt was durable", about(of));
    }
    if (may_send_.erase(row->id) == 0) {
        scene_.broke("sent before the journal had answered", about(of));
    }
    if (!what.replay_safe() && what.in_doubt && !of.relaxed) {
        scene_.broke("sent again though it may have been executed", about(of));
    }
    if (request.ambiguous_before != what.in_doubt && what.in_doubt && !of.relaxed) {
        scene_.broke("an attempt that may have been executed is forgotten", about(of));
    }
    if (of.told_not_taken && of.open_calls == 0) {
        scene_.broke("sent after all callers had been told that nothing is sent", about(of));
    }
    const auto below = started_below_.find({row->id, row->attempts.back().number});
    if (below != started_below_.end() && below->second) {
        scene_.broke("a running total falls at the platform", about(of));
    }
    if (row->attempts.size() == 5) {
        scene_.reached.count(seen::many_attempts);
    }
    sending_.insert(what.number);
}

void oracle::on_attempt_ended(wish& what, const attempt_outcome& outcome) {
    sending_.erase(what.number);
    what.in_doubt = what.in_doubt || outcome.verdict == verdict::ambiguous;
}

void oracle::on_effect(wish& what) {
    ++what.effects;
    const auto& of = scene_.stories[what.story];
    if (what.effects > 1 && what.what == kind::ticket && !of.relaxed) {
        scene_.broke("executed twice", about(of));
    }
}

// Callers

void oracle::on_snapshot(story& of, const wish& asked, const record& told, const char* by) {
    of.told_not_taken = false;
    if (of.forgotten) {
        return;
    }
    const auto* const row = row_of(of);
    if (row == nullptr) {
        scene_.broke(by, " was told of a redemption that is not durable: ", of.key.str());
        return;
    }
    if (told.id != row->id || (of.id && *of.id != row->id)) {
        scene_.broke(by, " was told another id", about(of));
    }
    of.id = row->id;
    if (row->body != asked.body) {
        scene_.broke(by, " was told of another body's redemption", about(of));
        return;
    }
    check_state(of, *row, told);
}

void oracle::on_look_up(story& of, const record& told) {
    const auto* const row = row_of(of);
    if (row == nullptr || told.id != row->id || told.body != row->body) {
        scene_.broke("a look-up shows another redemption", about(of));
        return;
    }
    // The state may be older than the journal's by the time that the answer took.
    if (told.state == row->state) {
        check_state(of, *row, told);
    }
}

void oracle::check_state(story& of, const record& row, const record& told) {
    const auto& truth = *wish_of(row);
    const auto said = told.state;
    if (of.final_state && *of.final_state != said) {
        scene_.broke("told ", text(*of.final_state), " and then ", text(said), about(of));
    }
    if (said == state::succeeded || said == state::rejected) {
        if (row.state != said) {
            scene_.broke("told ", text(said), ", which is not durable", about(of));
        }
        if (of.final_state && of.final_result != told.result) {
            scene_.broke("told two results", about(of));
        }
        of.final_state = said;
        of.final_result = told.result;
    }
    if (of.relaxed) {
        return;
    }
    if (said == state::succeeded && truth.effects == 0) {
        scene_.broke("told succeeded and not executed", about(of));
    }
    if (said == state::rejected && truth.effects > 0) {
        scene_.broke("told rejected and executed", about(of));
    }
    if (said == state::failed && row.state == state::failed && truth.effects > 0) {
        scene_.broke("told failed and executed", about(of));
    }
    if (said == state::unknown && row.state == state::unknown &&
        (!row.error || row.error->detail.empty())) {
        scene_.broke("unknown without a reason", about(of));
    }
}

void oracle::on_key_reused(const story& of, const wish& asked) {
    const auto* const row = row_of(of);
    if (row != nullptr && row->body == asked.body) {
        scene_.broke("told that its own body is another's", about(of));
    }
}

void oracle::on_natural_key_in_use(const story& of, const wish& asked, const redemption_id& by) {
    scene_.reached.count(seen::natural_key_in_use);
    const auto* const holder = scene_.store.row(by);
    if (holder != nullptr && (holder->natural != asked.natural || holder->key == of.key)) {
        scene_.broke("told of a natural key that is not in use", about(of));
    }
}

void oracle::on_total_falls(const wish& asked, std::int64_t confirmed) {
    scene_.reached.count(seen::total_would_fall);
    if (confirmed <= asked.total) {
        scene_.broke("told that a total would fall that rises");
    }
}

// Processes

void oracle::on_removed(const record& row) {
    for (auto& of : scene_.stories) {
        if (of.key == row.key && of.caller == row.caller) {
            of.forgotten = true;
            of.relaxed = true;
            scene_.reached.count(seen::forgotten_by_retention);
        }
    }
}

void oracle::on_crash() {
    for (const auto number : sending_) {
        scene_.wishes[number].in_doubt = true;
        scene_.reached.count(seen::crash_in_attempt);
    }
    sending_.clear();
    may_send_.clear();
    settling_.clear();
    going_.clear();
    parents_.clear();
    for (auto& of : scene_.stories) {
        of.told_not_taken = false;
        look_at_history(of);
    }
}

// What a new process finds: an attempt without an end may have been sent, or may not.
void oracle::on_start() {
    on_committed();
    for (auto& of : scene_.stories) {
        look_at_history(of);
    }
}

void oracle::at_the_end() {
    for (auto& of : scene_.stories) {
        const auto* const row = row_of(of);
        if (row == nullptr) {
            if (of.id && !of.forgotten) {
                scene_.broke("a redemption that was told is lost: ", of.key.str());
            }
            if (scene_.wishes[of.wish].effects > 0 && !of.forgotten) {
                scene_.broke("executed and not in the journal: ", of.key.str());
            }
            continue;
        }
        const auto& truth = *wish_of(*row);
        if (row->state == state::pending) {
            scene_.broke("still pending", about(of));
        }
        if (row->state == state::unknown && (!row->error || row->error->detail.empty())) {
            scene_.broke("unknown without a reason", about(of));
        }
        const bool open =
            std::any_of(row->attempts.begin(), row->attempts.end(), [](const attempt& one) {
                return !one.finished_at.has_value();
            });
        if (open) {
            scene_.broke("an attempt has no end", about(of));
        }
        const bool ambiguous =
            std::any_of(row->attempts.begin(), row->attempts.end(), [](const attempt& one) {
                return one.verdict == verdict::ambiguous;
            });
        if (row->state == state::unknown && !ambiguous) {
            scene_.broke("unknown without an ambiguous attempt", about(of));
        }
        if (of.relaxed) {
            continue;
        }
        if (row->state == state::succeeded && truth.effects == 0) {
            scene_.broke("succeeded and not executed", about(of));
        }
        if ((row->state == state::failed || row->state == state::rejected) && truth.effects > 0) {
            scene_.broke("given up and executed", about(of));
        }
    }
    if (!going_.empty()) {
        scene_.broke("an attempt is still under way at the end");
    }
}

}  // namespace gateway::simulation
