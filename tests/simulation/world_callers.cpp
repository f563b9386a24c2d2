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
    scene_.later(pause, [this, by] { ask(by); });
}

void world::stop(caller& by) {
    --scene_.stories[by.story].busy_callers;
}

void world::ask(const std::shared_ptr<caller>& by) {
    auto& of = scene_.stories[by->story];
    if (of.forgotten) {
        stop(*by);
        return;
    }
    if (!process_->up() || process_->ended()) {
        again(by, milliseconds(50) + scene_.up_to(milliseconds(500)));
        return;
    }
    if (++by->asks > 2'000) {
        scene_.broke(of.key.str(), " is never settled");
        return;
    }
    const auto& how = scene_.how;
    auto call = std::make_shared<open_call>();
    call->story = by->story;
    call->wish = of.other && scene_.chance.per_mille(300) ? *of.other : of.wish;
    call->began = scene_.line.now();
    call->until = call->began + scene_.up_to(how.longest_wait);
    call->lost = [this, by] {
        again(by, scene_.up_to(milliseconds(2'000)));
    };
    const auto& asked = scene_.wishes[call->wish];
    submission what;
    what.id = new_redemption_id(process_->time().precise_wall_now(), scene_.chance.bits());
    what.caller = of.caller;
    what.key = of.key;
    what.method = &methods_.of(asked.what);
    what.account = sides_[asked.account].name;
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
    of.told_not_taken = false;
    calls_.push_back(call);
    scene_.note(
        "caller",
        of.key.str(),
        " asks for ",
        asked.number,
        ", waits ",
        (call->until - call->began) / milliseconds(1),
        " ms"
    );
    if (scene_.trouble && scene_.chance.per_mille(how.hang_up)) {
        scene_.later(scene_.up_to(how.longest_wait), [this, call] {
            if (std::find(calls_.begin(), calls_.end(), call) != calls_.end()) {
                scene_.reached.count(seen::hung_up);
                call->connection.on_closed();
            }
        });
    }
    process_->call(
        process_->engine().submit(std::move(what), {call->until, &call->connection}),
        [this, by, call](submit_outcome outcome) { answered(by, call, std::move(outcome)); }
    );
}

// A wait ends in time; an end of the work ends it at once.
void world::check_time(const open_call& call, bool final_answer) {
    const auto now = scene_.line.now();
    const auto& of = scene_.stories[call.story];
    if (now > std::max(call.until, call.began + taken_within) + read_within) {
        scene_.broke(of.key.str(), " was answered long after its wait");
    }
    const bool known = of.id && !of.forgotten;  // nothing is heard of what retention removed
    const bool ended = final_answer && known && !judge_.settling(*of.id);
    if (ended && of.settled_at > call.began && now > of.settled_at + seconds(1)) {
        scene_.broke(of.key.str(), " waited on though the work had ended");
    }
}

void world::answered(
    const std::shared_ptr<caller>& by,
    const std::shared_ptr<open_call>& call,
    submit_outcome outcome
) {
    std::erase(calls_, call);
    auto& of = scene_.stories[by->story];
    --of.open_calls;
    const auto& asked = scene_.wishes[call->wish];
    if (const auto* const snapshot = std::get_if<redemption_snapshot>(&outcome)) {
        told(by, *call, *snapshot);
        return;
    }
    check_time(*call, false);
    if (const auto* const why = std::get_if<unavailable>(&outcome)) {
        scene_.note("caller", of.key.str(), " is told 503: ", why->detail);
        const bool journal = why->reason == unavailable::why::journal;
        of.told_not_taken = journal && of.open_calls == 0 && judge_.row_of(of) == nullptr;
        again(by, milliseconds(why->retry_after) + scene_.up_to(milliseconds(500)));
        return;
    }
    if (std::holds_alternative<key_reused>(outcome)) {
        scene_.note("caller", of.key.str(), " is told that its key is used");
        scene_.reached.count(seen::key_reused);
        judge_.on_key_reused(of, asked);
    } else if (const auto* const natural = std::get_if<natural_key_in_use>(&outcome)) {
        scene_.note("caller", of.key.str(), " is told that its natural key is in use");
        judge_.on_natural_key_in_use(of, asked, natural->by);
    } else {
        scene_.note("caller", of.key.str(), " is told that its total would fall");
        judge_.on_total_falls(asked, std::get<total_falls>(outcome).confirmed);
    }
    // What is pending under this key is another caller's matter, but must settle all the same.
    if (scene_.chance.per_mille(500)) {
        stop(*by);
    } else {
        again(by, scene_.up_to(seconds(5)));
    }
}

void world::told(
    const std::shared_ptr<caller>& by, open_call& call, const redemption_snapshot& snapshot
) {
    const auto& [what, replayed, ask_again] = snapshot;
    auto& of = scene_.stories[by->story];
    scene_.note(
        "caller", of.key.str(), " is told ", to_string(what.state), replayed ? " again" : ""
    );
    if (replayed) {
        scene_.reached.count(seen::replayed);
    }
    judge_.on_snapshot(of, scene_.wishes[call.wish], what, "a caller");
    check_time(call, is_final(what.state));
    switch (what.state) {
        case state::pending:
            again(by, milliseconds(ask_again) + scene_.up_to(milliseconds(500)));
            return;
        case state::failed:
            if (scene_.chance.per_mille(600)) {
                again(by, scene_.up_to(seconds(5)));
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
        again(by, scene_.up_to(seconds(20)));
        return;
    }
    stop(*by);
}

}  // namespace gateway::simulation
