// The look-ups and the operators of a run.
#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {

void world::look() {
    auto& of = scenario_.tracked_keys[scenario_.random.below(scenario_.tracked_keys.size())];
    const auto number = processes_.size() == 1 ? 0 : scenario_.random.below(processes_.size());
    auto& at = *processes_[number];
    if (!at.up() || at.ended() || judge_.row_of(of) == nullptr) {
        return;
    }
    auto& engine = at.engine();
    look_up asked{
        .process = number, .began = scenario_.timeline.now(), .until = scenario_.timeline.now()
    };
    const bool by_key = scenario_.random.per_mille(500);
    if (!by_key) {
        asked.until += scenario_.up_to(scenario_.settings.longest_wait);
    }
    const auto on_outcome = [this, &of, asked](const find_outcome& outcome) {
        looked_up(of, asked, outcome);
    };
    if (by_key) {
        at.call(engine.find_by_key(scenario_.caller, of.key), on_outcome);
        return;
    }
    at.call(
        engine.find(judge_.row_of(of)->id, {.caller = scenario_.caller}, {asked.until, nullptr}),
        on_outcome
    );
}

// A row that was durable before the look-up is found, and the answer comes in time.
void world::looked_up(tracked_key& of, const look_up& asked, const find_outcome& outcome) {
    const auto now = scenario_.timeline.now();
    const bool waited_on = waited(asked.process, asked.began);
    if (now > asked.until + read_within && !waited_on) {
        scenario_.broke(of.key.str(), " was looked up long after its wait");
    }
    const auto* const row = judge_.row_of(of);
    if (row == nullptr || of.forgotten) {
        return;
    }
    if (std::holds_alternative<not_found>(outcome)) {
        scenario_.broke(of.key.str(), " is durable and not found");
    }
    if (const auto* const found = std::get_if<redemption_snapshot>(&outcome)) {
        const auto& [what, replayed, ask_again] = *found;
        scenario_.note("caller", of.key.str(), " is looked up: ", to_string(what.state));
        judge_.on_look_up(of, what);
        const bool ended = is_final(what.state) && !judge_.settling(what.id);
        if (ended && !waited_on && of.settled_at > asked.began &&
            now > of.settled_at + read_within) {
            scenario_.broke(of.key.str(), " was looked up on though the work had ended");
        }
    }
}

// Operators

void world::operate() {
    const bool none = std::none_of(processes_.begin(), processes_.end(), [](const auto& one) {
        return one->up() && !one->ended();
    });
    if (none) {
        return;
    }
    auto& of = scenario_.tracked_keys[scenario_.random.below(scenario_.tracked_keys.size())];
    const auto* const row = judge_.row_of(of);
    if (scenario_.random.per_mille(200)) {
        try_now(slots_[scenario_.random.below(slots_.size())]);
    } else if (row != nullptr) {
        operate_on(of, *row);
    }
    if (scenario_.trouble && scenario_.random.per_mille(500)) {
        scenario_.later(scenario_.up_to(seconds(5)), [this] { operate(); });
    }
}

// Ends pauses, bans and the breaker of an account.
void world::try_now(const account_slot& slot) {
    if (!slot.configured) {
        return;
    }
    scenario_.note("operator", "tries ", slot.name.str(), " now");
    auto& at = any();
    if (!at.up()) {
        return;
    }
    at.demands_lifted(slot.name);
    at.call(
        at.engine().try_now(slot.name, std::nullopt, "ann"),
        [this, &at, name = slot.name](const try_now_outcome& outcome) {
            if (std::holds_alternative<account_health>(outcome)) {
                at.demands_lifted(name);  // what came until then, too
                scenario_.reached.count(seen::tried_now);
            }
        }
    );
}

// A careful operator looks at the platform first; a careless one guesses.
void world::operate_on(tracked_key& of, const record& row) {
    const auto& ledger = scenario_.wishes[of.wish];
    const bool careless = scenario_.random.per_mille(scenario_.settings.careless);
    const bool happened = careless ? scenario_.random.per_mille(500) : ledger.effects > 0;
    if (row.params.reveal() != std::to_string(ledger.number) || ledger.executes_later > 0) {
        return;
    }
    of.operated_on = true;
    if (careless) {
        of.relaxed = true;
        for (auto& one : scenario_.tracked_keys) {
            one.relaxed = one.relaxed || scenario_.wishes[one.wish].group == ledger.group;
        }
    }
    of.decisions.push_back(happened ? std::max(1, ledger.effects) : ledger.effects);
    const auto on_outcome = [this, &of](const operate_outcome& outcome) {
        if (const auto* const done = std::get_if<redemption_snapshot>(&outcome)) {
            const auto& [what, replayed, ask_again] = *done;
            scenario_.note("operator", of.key.str(), " is now ", to_string(what.state));
            const auto* const now = judge_.row_of(of);
            // Said failed, it may have started over elsewhere since.
            const bool since = scenario_.shared() && what.state == state::failed;
            if (now != nullptr && !since && what.state != state::pending &&
                now->state != what.state && now->state != state::pending) {
                scenario_.broke("an operator was answered what is not durable: ", of.key.str());
            }
        } else if (const auto* const no = std::get_if<not_allowed_now>(&outcome)) {
            scenario_.note("operator", of.key.str(), ": ", no->detail);
            const auto raced = std::string_view(no->detail).find("came first") != std::string::npos;
            const auto other =
                std::string_view(no->detail).find("another operator") != std::string::npos;
            if (raced && !other) {
                scenario_.reached.count(seen::resolve_raced_by_answer);
            }
            if (other) {
                scenario_.reached.count(seen::operators_collided);
            }
        }
    };
    auto& at = any();
    if (!at.up() || at.ended()) {
        return;
    }
    auto& engine = at.engine();
    if (!happened && scenario_.random.per_mille(500)) {
        scenario_.note("operator", "sends ", of.key.str(), " again");
        at.call(engine.retry(row.id, "looked", "ann"), on_outcome);
        return;
    }
    const auto to = happened                          ? state::succeeded
                    : scenario_.random.per_mille(500) ? state::failed
                                                      : state::rejected;
    scenario_.note("operator", "says that ", of.key.str(), " is ", to_string(to));
    at.call(
        engine.resolve(row.id, to, "looked", "bob"),
        [this, &of, to, on_outcome](const operate_outcome& outcome) {
            on_outcome(outcome);
            const auto* const done = std::get_if<redemption_snapshot>(&outcome);
            if (done != nullptr && done->record.state == to && scenario_.random.per_mille(300)) {
                repeat_resolution(of, done->record.id, to);
            }
        }
    );
}

// The same resolution by the same operator is answered alike, as long as it stands.
void world::repeat_resolution(tracked_key& of, const redemption_id& id, state to) {
    auto& at = any();
    if (!at.up() || at.ended()) {
        return;
    }
    at.call(
        at.engine().resolve(id, to, "looked", "bob"),
        [this, &of, to, &at, began = scenario_.timeline.now()](const operate_outcome& outcome) {
            scenario_.reached.count(seen::repeated_resolution);
            if (at.stood_still_since(began)) {
                return;  // what it knows is old
            }
            const auto* const now = judge_.row_of(of);
            const bool stands = now != nullptr && now->state == to && !now->history.empty() &&
                                now->history.back().who == "bob" &&
                                now->history.back().at == now->updated_at;
            if (stands && std::holds_alternative<not_allowed_now>(outcome)) {
                scenario_.broke(
                    "a resolution that stands is refused to be repeated: ", of.key.str()
                );
            }
        }
    );
}

void world::resolve_orphans() {
    for (auto& of : scenario_.tracked_keys) {
        const auto* const row = judge_.row_of(of);
        const bool orphan = row != nullptr && row->state == state::pending &&
                            has_ambiguous_attempt(*row) && !is_configured(*row);
        auto& at = any();
        if (!orphan || !at.up()) {
            continue;
        }
        const auto& what = scenario_.wishes[std::stoul(std::string(row->params.reveal()))];
        if (what.executes_later > 0) {
            continue;
        }
        const auto to = what.effects > 0 ? state::succeeded : state::rejected;
        of.decisions.push_back(what.effects);
        scenario_.note("operator", "says that ", of.key.str(), " is ", to_string(to));
        at.call(
            at.engine().resolve(row->id, to, "its account is gone", "eve"),
            [this](const operate_outcome& outcome) {
                if (std::holds_alternative<redemption_snapshot>(outcome)) {
                    scenario_.reached.count(seen::orphan_resolved);
                }
            }
        );
    }
    scenario_.later(seconds(60), [this] { resolve_orphans(); });
}

// Under its name, or as the app that it was accepted for.
bool world::is_configured(const record& row) const {
    return std::any_of(slots_.begin(), slots_.end(), [&](const account_slot& one) {
        return one.configured &&
               (one.name == row.account || sides_[one.side].identity == row.identity);
    });
}

}  // namespace gateway::simulation
