// The look-ups and the operators of a run.
#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {

void world::look() {
    auto& of = scenario_.tracked_keys[scenario_.random.below(scenario_.tracked_keys.size())];
    if (!process_->up() || process_->ended() || judge_.row_of(of) == nullptr) {
        return;
    }
    auto& engine = process_->engine();
    look_up asked{.began = scenario_.timeline.now(), .until = scenario_.timeline.now()};
    const bool by_key = scenario_.random.per_mille(500);
    if (!by_key) {
        asked.until += scenario_.up_to(scenario_.settings.longest_wait);
    }
    const auto on_outcome = [this, &of, asked](const find_outcome& outcome) {
        looked_up(of, asked, outcome);
    };
    if (by_key) {
        process_->call(engine.find_by_key(of.caller, of.key), on_outcome);
        return;
    }
    process_->call(
        engine.find(judge_.row_of(of)->id, {.caller = of.caller}, {asked.until, nullptr}),
        on_outcome
    );
}

// A row that was durable before the look-up is found, and the answer comes in time.
void world::looked_up(tracked_key& of, const look_up& asked, const find_outcome& outcome) {
    const auto now = scenario_.timeline.now();
    if (now > asked.until + read_within) {
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
        if (ended && of.settled_at > asked.began && now > of.settled_at + read_within) {
            scenario_.broke(of.key.str(), " was looked up on though the work had ended");
        }
    }
}

// Operators

void world::operate() {
    if (!process_->up() || process_->ended()) {
        return;
    }
    auto& of = scenario_.tracked_keys[scenario_.random.below(scenario_.tracked_keys.size())];
    const auto* const row = judge_.row_of(of);
    if (row != nullptr) {
        operate_on(of, *row);
    }
    if (scenario_.trouble && scenario_.random.per_mille(500)) {
        scenario_.later(scenario_.up_to(seconds(5)), [this] { operate(); });
    }
}

// A careful operator looks at the platform first; a careless one guesses.
void world::operate_on(tracked_key& of, const record& row) {
    const auto& ledger = scenario_.wishes[of.wish];
    const bool careless = scenario_.random.per_mille(scenario_.settings.careless);
    const bool happened = careless ? scenario_.random.per_mille(500) : ledger.effects > 0;
    if (row.params.reveal() != std::to_string(ledger.number) || ledger.executes_later > 0) {
        return;
    }
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
            if (now != nullptr && what.state != state::pending && now->state != what.state &&
                now->state != state::pending) {
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
    auto& engine = process_->engine();
    if (!happened && scenario_.random.per_mille(500)) {
        scenario_.note("operator", "sends ", of.key.str(), " again");
        process_->call(engine.retry(row.id, "looked", "ann"), on_outcome);
        return;
    }
    const auto to = happened                          ? state::succeeded
                    : scenario_.random.per_mille(500) ? state::failed
                                                      : state::rejected;
    scenario_.note("operator", "says that ", of.key.str(), " is ", to_string(to));
    process_->call(engine.resolve(row.id, to, "looked", "bob"), on_outcome);
}

}  // namespace gateway::simulation
