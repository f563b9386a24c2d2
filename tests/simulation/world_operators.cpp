// The look-ups and the operators of a run.
#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {

void world::look() {
    auto& of = scene_.stories[scene_.chance.below(scene_.stories.size())];
    if (!process_->up() || process_->ended() || judge_.row_of(of) == nullptr) {
        return;
    }
    auto& engine = process_->engine();
    look_up asked{.began = scene_.line.now(), .until = scene_.line.now()};
    const bool by_key = scene_.chance.per_mille(500);
    if (!by_key) {
        asked.until += scene_.up_to(scene_.how.longest_wait);
    }
    const auto heard = [this, &of, asked](const find_outcome& outcome) {
        looked_up(of, asked, outcome);
    };
    if (by_key) {
        process_->call(engine.find_by_key(of.caller, of.key), heard);
        return;
    }
    process_->call(engine.find(judge_.row_of(of)->id, of.caller, {asked.until, nullptr}), heard);
}

// What was durable when the question came is found, and the answer comes in time.
void world::looked_up(story& of, const look_up& asked, const find_outcome& outcome) {
    const auto now = scene_.line.now();
    if (now > asked.until + read_within) {
        scene_.broke(of.key.str(), " was looked up long after its wait");
    }
    const auto* const row = judge_.row_of(of);
    if (row == nullptr || of.forgotten) {
        return;
    }
    if (std::holds_alternative<not_found>(outcome)) {
        scene_.broke(of.key.str(), " is durable and not found");
    }
    if (const auto* const found = std::get_if<redemption_snapshot>(&outcome)) {
        const auto& [what, replayed, ask_again] = *found;
        scene_.note("caller", of.key.str(), " is looked up: ", to_string(what.state));
        judge_.on_look_up(of, what);
        const bool ended = is_final(what.state) && !judge_.settling(what.id);
        if (ended && of.settled_at > asked.began && now > of.settled_at + read_within) {
            scene_.broke(of.key.str(), " was looked up on though the work had ended");
        }
    }
}

// Operators

void world::operate() {
    if (!process_->up() || process_->ended()) {
        return;
    }
    auto& of = scene_.stories[scene_.chance.below(scene_.stories.size())];
    const auto* const row = judge_.row_of(of);
    if (row != nullptr) {
        operate_on(of, *row);
    }
    if (scene_.trouble && scene_.chance.per_mille(500)) {
        scene_.later(scene_.up_to(seconds(5)), [this] { operate(); });
    }
}

// A careful operator looks at the platform first; a careless one guesses.
void world::operate_on(story& of, const record& row) {
    const auto& truth = scene_.wishes[of.wish];
    const bool careless = scene_.chance.per_mille(scene_.how.careless);
    const bool happened = careless ? scene_.chance.per_mille(500) : truth.effects > 0;
    if (row.params.reveal() != std::to_string(truth.number) || truth.executes_later > 0) {
        return;
    }
    if (careless) {
        of.relaxed = true;
        for (auto& one : scene_.stories) {
            one.relaxed = one.relaxed || scene_.wishes[one.wish].group == truth.group;
        }
    }
    of.decisions.push_back(happened ? std::max(1, truth.effects) : truth.effects);
    const auto heard = [this, &of](const operate_outcome& outcome) {
        if (const auto* const done = std::get_if<redemption_snapshot>(&outcome)) {
            const auto& [what, replayed, ask_again] = *done;
            scene_.note("operator", of.key.str(), " is now ", to_string(what.state));
            const auto* const now = judge_.row_of(of);
            if (now != nullptr && what.state != state::pending && now->state != what.state &&
                now->state != state::pending) {
                scene_.broke("an operator was told what is not durable: ", of.key.str());
            }
        } else if (const auto* const no = std::get_if<not_allowed_now>(&outcome)) {
            scene_.note("operator", of.key.str(), ": ", no->detail);
            const auto raced = std::string_view(no->detail).find("came first") != std::string::npos;
            const auto other =
                std::string_view(no->detail).find("another operator") != std::string::npos;
            if (raced && !other) {
                scene_.reached.count(seen::resolve_raced_by_answer);
            }
            if (other) {
                scene_.reached.count(seen::operators_collided);
            }
        }
    };
    auto& engine = process_->engine();
    if (!happened && scene_.chance.per_mille(500)) {
        scene_.note("operator", "sends ", of.key.str(), " again");
        process_->call(engine.retry(row.id, "looked", "ann"), heard);
        return;
    }
    const auto to = happened                       ? state::succeeded
                    : scene_.chance.per_mille(500) ? state::failed
                                                   : state::rejected;
    scene_.note("operator", "says that ", of.key.str(), " is ", to_string(to));
    process_->call(engine.resolve(row.id, to, "looked", "bob"), heard);
}

}  // namespace gateway::simulation
