#include "tests/simulation/oracle.hpp"

#include <algorithm>

namespace gateway::simulation {

using namespace redemption;

namespace {

std::string scope(const record& row) {
    return row.identity.empty() ? row.account.str() : row.identity.str();
}

std::string scoped(const record& row, const order_key& name) {
    return scope(row) + '/' + name.str();
}

std::string text(state s) {
    return std::string(to_string(s));
}

}  // namespace

tracked_key* oracle::tracked_key_of(const redemption_id& id) {
    const auto* const row = scenario_.store.row(id);
    if (row == nullptr) {
        return nullptr;
    }
    const auto found = std::find_if(
        scenario_.tracked_keys.begin(),
        scenario_.tracked_keys.end(),
        [&](const tracked_key& one) { return one.key == row->key; }
    );
    return found == scenario_.tracked_keys.end() ? nullptr : &*found;
}

wish* oracle::wish_of(const record& row) {
    const auto number = static_cast<std::size_t>(std::stoul(std::string(row.params.reveal())));
    return &scenario_.wishes.at(number);
}

std::string oracle::about(const tracked_key& of) const {
    std::string all = " [" + of.key.str();
    const auto* const row = row_of(of);
    if (row != nullptr) {
        all += ' ' + row->id.str() + " is " + text(row->state) + ", attempts";
        for (const auto& one : row->attempts) {
            all += ' ' + std::string(one.verdict ? to_string(*one.verdict) : "open");
        }
    }
    return all + ", effects " + std::to_string(scenario_.wishes[of.wish].effects) + "]";
}

// The names of the caller are one caller.
const record* oracle::row_of(const tracked_key& of) const {
    const auto* found = scenario_.store.row(scenario_.caller, of.key);
    for (const auto& earlier : scenario_.formerly) {
        const auto* const other = scenario_.store.row(earlier, of.key);
        if (found != nullptr && other != nullptr) {
            scenario_.broke("one key has two redemptions: ", of.key.str());
        }
        found = found != nullptr ? found : other;
    }
    return found;
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
        const auto* const other_row = scenario_.store.row(other);
        if (other == row.id || other_row == nullptr) {
            continue;
        }
        std::set<std::string> theirs;
        for (const auto& name : other_row->orders) {
            theirs.insert(
                by_exact_keys ? scoped(*other_row, name) : root(scoped(*other_row, name))
            );
        }
        const bool shared = std::any_of(mine.begin(), mine.end(), [&](const auto& name) {
            return theirs.contains(name);
        });
        if (shared) {
            scenario_.broke(
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
    if (const auto* const row = scenario_.store.row(id)) {
        if (!scenario_.shared()) {
            going(*row, false);
        }
        if (const auto* const of = tracked_key_of(id)) {
            check_deadline(*of, *row);
        }
    }
}

void oracle::on_start_answered(std::size_t process, const redemption_id& id, bool started) {
    if (started) {
        may_send_.emplace(process, id);
    } else {
        going_.erase(id);
    }
}

void oracle::on_accept_answered(
    std::size_t process, const record& asked, const accept_outcome& outcome
) {
    const auto* const taken = std::get_if<accepted>(&outcome);
    if (taken == nullptr) {
        return;
    }
    const auto& [aliases, started] = *taken;
    const auto* const row = scenario_.store.row(asked.id);
    if (row == nullptr) {
        return;
    }
    if (auto* const of = tracked_key_of(row->id)) {
        of->deadline = scenario_.timeline.now() + row->lifetime;
        if (of->moved) {
            of->deadline.reset();
        }
        of->taken = of->taken_now = true;
    }
    if (aliases.size() > 1) {
        scenario_.reached.count(seen::aliases_merged);
    }
    if (started) {
        if (!scenario_.shared()) {
            going(*row, true);
        }
        may_send_.emplace(process, row->id);
    } else if (!aliases.empty() &&
               std::count(row->orders.begin(), row->orders.end(), aliases.front()) == 0) {
        scenario_.reached.count(seen::start_held_for_alias);
    }
    unite(*row, aliases);
}

// A resolution that agrees with an end leaves the end's time as it is.
void oracle::on_settle_asked(std::size_t process, const redemption_id& id) {
    const auto* const row = scenario_.store.row(id);
    const bool ended = row != nullptr && is_final(row->state);
    if (settling_.emplace(process, id).second && !ended) {
        settled_since_[id] = scenario_.timeline.now();
    }
}

void oracle::on_settled(std::size_t process, const redemption_id& id) {
    going_.erase(id);
    may_send_.erase({process, id});
    settling_.erase({process, id});
    auto* const of = tracked_key_of(id);
    if (of == nullptr) {
        return;
    }
    of->settled_at = scenario_.timeline.now();
    const auto* const row = row_of(*of);
    of->taken_now = of->taken_now && row != nullptr && row->state != state::failed;
    look_at_history(*of);
}

// An operator decided on what was known then. If it is not so any more when the decision counts,
// what follows is the operator's risk (docs/redemption-rules.md, Operator actions).
void oracle::look_at_history(tracked_key& of) {
    const auto* const row = row_of(of);
    if (row == nullptr || row->history.size() <= of.history) {
        return;
    }
    auto& ledger = *wish_of(*row);
    for (; of.history < row->history.size(); ++of.history) {
        const auto& entry = row->history[of.history];
        scenario_.reached.count(
            entry.action == "retry" ? seen::retried_by_operator : seen::resolved
        );
    }
    const bool as_seen = std::all_of(of.decisions.begin(), of.decisions.end(), [&](int effects) {
        return effects == ledger.effects && ledger.executes_later == 0;
    });
    if (!as_seen) {
        for (auto& one : scenario_.tracked_keys) {
            if (scenario_.wishes[one.wish].group == ledger.group) {
                one.relaxed = true;
            }
        }
    }
    ledger.in_doubt = false;  // what goes now was said to go
    of.decided_at = scenario_.timeline.now();
}

void oracle::raise_totals(const record& row) {
    for (const auto& total : row.totals) {
        auto& highest = confirmed_[scope(row) + '/' + total.subject];
        highest = std::max(highest, total.total);
    }
}

bool oracle::falls(const record& row) const {
    return std::any_of(row.totals.begin(), row.totals.end(), [&](const running_total& total) {
        const auto highest = confirmed_.find(scope(row) + '/' + total.subject);
        return highest != confirmed_.end() && total.total < highest->second;
    });
}

// A total that is confirmed in the same commit, or later, does not stop an attempt that has
// started: what an operator resolves holds up no other of its order.
void oracle::on_committed() {
    if (scenario_.shared()) {
        check_one_at_a_time();
        // Another process may read it before the one that wrote it is answered.
        for (auto& of : scenario_.tracked_keys) {
            look_at_history(of);
        }
    }
    scenario_.store.for_each([&](const record& row) {
        const bool open = !row.attempts.empty() && !row.attempts.back().finished_at;
        if (open && !row.totals.empty()) {
            started_below_.try_emplace({row.id, row.attempts.back().number}, falls(row));
        }
    });
    scenario_.store.for_each([&](const record& row) {
        if (row.state == state::succeeded) {
            raise_totals(row);
        }
    });
}

// Processes

void oracle::on_removed(const record& row) {
    const auto now = scenario_.timeline.now();
    const auto since = settled_since_.find(row.id);
    // A clock that is wrong by less than a day is believed.
    const bool exact = !scenario_.wall_moved || scenario_.settings.retention > std::chrono::days(1);
    if (exact && since != settled_since_.end() &&
        now < since->second + scenario_.settings.retention) {
        scenario_.broke("removed before its time: ", row.id.str());
    }
    for (auto& of : scenario_.tracked_keys) {
        if (of.key == row.key) {
            of.forgotten = true;
            of.relaxed = true;
            scenario_.reached.count(seen::forgotten_by_retention);
        }
    }
}

void oracle::on_crash(std::size_t process) {
    const auto of_it = [&](const auto& one) {
        return one.first == process;
    };
    for (const auto& [of, sent] : sending_) {
        if (of.first != process) {
            continue;
        }
        leave_in_doubt(scenario_.wishes[of.second], sent);
        scenario_.reached.count(seen::crash_in_attempt);
    }
    std::erase_if(sending_, [&](const auto& one) { return one.first.first == process; });
    std::erase_if(may_send_, of_it);
    std::erase_if(settling_, of_it);
    if (!scenario_.shared()) {
        going_.clear();
        parents_.clear();
    }
    for (auto& of : scenario_.tracked_keys) {
        look_at_history(of);
    }
}

// An attempt without an end may have been sent, or may not.
void oracle::on_start(std::size_t /*process*/) {
    on_committed();
    if (scenario_.shared()) {
        return;
    }
    for (auto& of : scenario_.tracked_keys) {
        of.deadline.reset();
        of.taken_now = false;
        if (row_of(of) == nullptr) {
            of.maybe_taken = false;  // no memory is left that could bring it
        }
        look_at_history(of);
    }
}

}  // namespace gateway::simulation
