// The callers of a run: they ask, wait, hang up, repeat and disagree.
#include <algorithm>

#include "redemption/redemption_id.hpp"
#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {
namespace {

// How late an answer may come after the end of its wait: two seconds for the journal to take it
// (docs/redemption-rules.md, Time), and what reading the journal takes (read_within).
constexpr seconds taken_within{2};

}  // namespace

void world::again(const std::shared_ptr<caller>& by, milliseconds pause) {
    scenario_.later(pause, [this, by] { ask(by); });
}

void world::stop(caller& by) {
    --scenario_.tracked_keys[by.tracked].busy_callers;
}

void world::ask(const std::shared_ptr<caller>& by) {
    auto& of = scenario_.tracked_keys[by->tracked];
    if (of.forgotten || slots_[scenario_.wishes[of.wish].account].gone) {
        stop(*by);
        return;
    }
    const auto number = processes_.size() == 1 ? 0 : scenario_.random.below(processes_.size());
    auto& at = *processes_[number];
    if (!at.up() || at.ended()) {
        again(by, milliseconds(50) + scenario_.up_to(milliseconds(500)));
        return;
    }
    if (++by->asks > 20'000) {
        scenario_.broke(of.key.str(), " is never settled");
        return;
    }
    const auto& how = scenario_.settings;
    auto call = std::make_shared<open_call>();
    call->process = number;
    call->tracked = by->tracked;
    call->wish = of.other && scenario_.random.per_mille(300) ? *of.other : of.wish;
    call->began = scenario_.timeline.now();
    call->known = judge_.known_to_be_taken(of, scenario_.wishes[call->wish]);
    call->until = call->began + scenario_.up_to(how.longest_wait);
    call->lost = [this, by] {
        again(by, scenario_.up_to(milliseconds(2'000)));
    };
    const auto& asked = scenario_.wishes[call->wish];
    submission what;
    what.id = new_redemption_id(at.time().precise_wall_now(), scenario_.random.bits());
    what.caller = scenario_.caller;
    what.key = of.key;
    what.method = &methods_.of(asked.what);
    what.account = slots_[asked.account].name;
    what.terms.params = params_text(std::to_string(asked.number));
    what.terms.canonical = what.terms.params;
    what.terms.natural = asked.natural;
    what.terms.orders = asked.orders;
    what.terms.replay_safe = asked.replay_safe();
    for (const auto& name : asked.orders) {
        if (asked.what == kind::total) {
            what.terms.totals.push_back(
                {.subject = name.str() + "/code",
                 .total = asked.total,
                 .order = name,
                 .code = "code"}
            );
        }
    }
    what.body = asked.body;
    what.expires_in = asked.lifetime;
    ++of.open_calls;
    of.answered_not_taken = false;
    calls_.push_back(call);
    scenario_.note(
        "caller",
        of.key.str(),
        " asks for ",
        asked.number,
        ", waits ",
        (call->until - call->began) / milliseconds(1),
        " ms"
    );
    if (scenario_.trouble && scenario_.random.per_mille(how.hang_up)) {
        scenario_.later(scenario_.up_to(how.longest_wait), [this, call] {
            if (std::find(calls_.begin(), calls_.end(), call) != calls_.end()) {
                scenario_.reached.count(seen::hung_up);
                call->connection.on_closed();
            }
        });
    }
    at.call(
        at.engine().submit(std::move(what), {call->until, &call->connection}),
        [this, by, call](submit_outcome outcome) { answered(by, call, std::move(outcome)); }
    );
}

// A wait ends in time; an end of the work ends it at once.
void world::check_time(const open_call& call, bool final_answer) {
    const auto now = scenario_.timeline.now();
    const auto& of = scenario_.tracked_keys[call.tracked];
    if (waited(call.process, call.began)) {
        return;
    }
    const auto told = scenario_.shared() ? read_within : seconds(1);
    if (now > std::max(call.until, call.began + taken_within) + read_within) {
        scenario_.broke(of.key.str(), " was answered long after its wait");
    }
    const bool known =
        of.id && !of.forgotten;  // an answer may be older than the removal: retention removed
    const bool ended = final_answer && known && !judge_.settling(*of.id);
    if (ended && of.settled_at > call.began && now > of.settled_at + told) {
        scenario_.broke(of.key.str(), " waited on though the work had ended");
    }
}

void world::answered(
    const std::shared_ptr<caller>& by,
    const std::shared_ptr<open_call>& call,
    submit_outcome outcome
) {
    std::erase(calls_, call);
    auto& of = scenario_.tracked_keys[by->tracked];
    --of.open_calls;
    const auto& asked = scenario_.wishes[call->wish];
    if (const auto* const snapshot = std::get_if<redemption_snapshot>(&outcome)) {
        on_answer(by, *call, *snapshot);
        return;
    }
    check_time(*call, false);
    if (const auto* const why = std::get_if<unavailable>(&outcome)) {
        scenario_.note("caller", of.key.str(), " is answered 503: ", why->detail);
        of.answered_not_taken =
            !of.maybe_taken && of.open_calls == 0 && judge_.row_of(of) == nullptr;
        again(by, milliseconds(why->retry_after) + scenario_.up_to(milliseconds(500)));
        return;
    }
    if (const auto* const unsure = std::get_if<acceptance_pending>(&outcome)) {
        scenario_.note("caller", of.key.str(), " is answered that it may still be taken");
        judge_.on_acceptance_pending(of, call->known);
        // What was taken goes on without its callers.
        if (scenario_.random.per_mille(300)) {
            of.left_unsure = true;
            stop(*by);
            return;
        }
        again(by, milliseconds(unsure->retry_after) + scenario_.up_to(milliseconds(500)));
        return;
    }
    if (std::holds_alternative<key_reused>(outcome)) {
        scenario_.note("caller", of.key.str(), " is answered that its key is used");
        scenario_.reached.count(seen::key_reused);
        judge_.on_key_reused(of, asked);
    } else if (const auto* const natural = std::get_if<natural_key_in_use>(&outcome)) {
        scenario_.note("caller", of.key.str(), " is answered that its natural key is in use");
        judge_.on_natural_key_in_use(of, asked, natural->by);
    } else if (const auto* const no = std::get_if<account_not_configured>(&outcome)) {
        scenario_.note("caller", of.key.str(), " is answered that its account is not configured");
        scenario_.reached.count(seen::failed_for_good);
        if (is_configured(no->record)) {
            scenario_.broke("answered that an account is not configured that is: ", of.key.str());
        }
    } else {
        scenario_.note("caller", of.key.str(), " is answered that its total would fall");
        judge_.on_total_falls(asked, std::get<total_falls>(outcome).confirmed);
    }
    // Another caller may wait for this key; its redemption must settle all the same.
    if (scenario_.random.per_mille(500)) {
        stop(*by);
    } else {
        again(by, scenario_.up_to(seconds(5)));
    }
}

void world::on_answer(
    const std::shared_ptr<caller>& by, open_call& call, const redemption_snapshot& snapshot
) {
    const auto& [what, replayed, ask_again] = snapshot;
    auto& of = scenario_.tracked_keys[by->tracked];
    scenario_.note(
        "caller", of.key.str(), " is answered ", to_string(what.state), replayed ? " again" : ""
    );
    if (replayed) {
        scenario_.reached.count(seen::replayed);
    }
    judge_.on_snapshot(of, scenario_.wishes[call.wish], what);
    check_time(call, is_final(what.state));
    switch (what.state) {
        case state::pending:
            again(by, milliseconds(ask_again) + scenario_.up_to(milliseconds(500)));
            return;
        case state::failed:
            if (scenario_.random.per_mille(600)) {
                again(by, scenario_.up_to(seconds(5)));
            } else {
                stop(*by);
            }
            return;
        case state::unknown:
        case state::succeeded:
        case state::rejected:
            break;
    }
    if (std::exchange(by->wants_replay, false)) {
        again(by, scenario_.up_to(seconds(20)));
        return;
    }
    stop(*by);
}

}  // namespace gateway::simulation
