#include "tests/simulation/world.hpp"

#include <algorithm>
#include <memory>

#include "redemption/redemption_id.hpp"
#include "tests/simulation/process.hpp"

namespace gateway::simulation {
namespace {

using namespace redemption;
using std::chrono::milliseconds;
using std::chrono::seconds;

// No run that goes well takes longer once the faults have ended: the longest pause of a redemption
// in doubt is five minutes, and so is that of an account's probe.
constexpr std::chrono::hours settles_within{3};
constexpr std::size_t most_steps = 400'000;
// How late an answer may come after the end of its wait: two seconds for the journal to take it
// (docs/redemption-rules.md, Time), and what reading the journal takes.
constexpr seconds taken_within{2};
constexpr seconds read_within{1};

// One request of a caller under way.
struct open_call {
    std::size_t story = 0;
    std::size_t wish = 0;
    base::steady_time began;
    base::steady_time until;
    caller_connection connection;
    std::function<void()> lost;
};

class world {
public:
    world(std::uint64_t seed, bool tracing);
    run_report run();

private:
    void draw_accounts();
    void draw_story(std::size_t number);
    std::size_t draw_wish(std::size_t story, const wish* same_keys);
    void schedule_events();
    void begin_process();
    void crash(const char* why);
    void end_trouble();
    bool settled();

    struct caller {
        std::size_t story = 0;
        std::size_t asks = 0;
        bool wants_replay = false;
    };
    void ask(const std::shared_ptr<caller>& by);
    void again(const std::shared_ptr<caller>& by, milliseconds pause);
    void stop(caller& by);
    void answered(
        const std::shared_ptr<caller>& by, const std::shared_ptr<open_call>& call, submit_outcome
    );
    void told(
        const std::shared_ptr<caller>& by, open_call& call, const redemption_snapshot& snapshot
    );
    void check_time(const open_call& call, bool final_answer);

    void look();
    void looked_up(story& of, const find_outcome& outcome);
    void operate();
    void operate_on(story& of, const record& row);

    scene scene_;
    oracle judge_{scene_};
    simulated_methods methods_;
    std::deque<platform_side> sides_;
    std::unique_ptr<process> process_;
    std::vector<std::shared_ptr<open_call>> calls_;
    std::size_t crashes_left_;
    std::size_t crash_at_ = 0;
    std::size_t steps_ = 0;
    std::size_t orders_ = 0;
};

world::world(std::uint64_t seed, bool tracing) : scene_(seed) {
    scene_.tracing = tracing;
    crashes_left_ = scene_.how.crashes;
    scene_.store.on_removed = [this](const record& row) {
        judge_.on_removed(row);
    };
    draw_accounts();
    for (std::size_t i = 0; i < scene_.how.stories; ++i) {
        draw_story(i);
    }
    schedule_events();
    begin_process();
}

void world::draw_accounts() {
    std::size_t number = 0;
    for (const bool taobao : scene_.how.accounts) {
        auto& side = sides_.emplace_back();
        side.name = account_name((taobao ? "taobao-" : "alipay-") + std::to_string(number++));
        side.taobao = taobao;
    }
}

// With `same_keys`, another body under the same Idempotency-Key.
std::size_t world::draw_wish(std::size_t of, const wish* same_keys) {
    auto& chance = scene_.chance;
    const auto& how = scene_.how;
    wish made;
    made.number = scene_.wishes.size();
    made.story = of;
    made.account = chance.below(sides_.size());
    const kind kinds[] = {kind::total, kind::ticket, kind::eticket};
    made.what = sides_[made.account].taobao ? chance.one_of(kinds) : kind::voucher;
    if (same_keys != nullptr) {
        made.account = same_keys->account;
        made.what = same_keys->what;
    }
    made.group = made.number;
    made.body[0] = static_cast<std::uint8_t>(made.number);
    made.body[1] = 1;
    made.lifetime = seconds(1 + chance.below(static_cast<std::uint64_t>(how.longest_life.count())));
    const wish* shares = nullptr;
    if (!scene_.wishes.empty()) {
        const auto& other = scene_.wishes[chance.below(scene_.wishes.size())];
        const bool alike = other.what == made.what && other.account == made.account;
        shares = alike ? &other : nullptr;
    }
    if (made.what == kind::voucher || made.what == kind::eticket) {
        made.natural = natural_key("n" + std::to_string(made.number));
        if (shares != nullptr && chance.per_mille(how.shared_natural)) {
            made.natural = shares->natural;
            made.group = shares->group;
        }
    }
    if (made.what == kind::voucher) {
        return scene_.wishes.emplace_back(made).number;
    }
    made.order =
        shares != nullptr && chance.per_mille(how.shared_order) ? shares->order : orders_++;
    const auto name = std::to_string(made.order);
    if (made.what == kind::eticket) {
        made.orders = {order_key("outer_id:" + name)};
    } else {
        const bool both = chance.per_mille(how.both_order_keys);
        const bool own = chance.per_mille(500);
        if (both || !own) {
            made.orders.emplace_back("order_id:" + name);
        }
        if (both || own) {
            made.orders.emplace_back("out_order_id:" + name);
        }
        if (both && chance.per_mille(300)) {
            std::swap(made.orders.front(), made.orders.back());
        }
    }
    if (made.what == kind::total) {
        made.total = static_cast<std::int64_t>(chance.between(1, 4));
    }
    return scene_.wishes.emplace_back(made).number;
}

void world::draw_story(std::size_t number) {
    auto& of = scene_.stories.emplace_back();
    of.caller = caller_name("pos");
    of.key = idempotency_key("k" + std::to_string(number));
    of.wish = draw_wish(number, nullptr);
    if (scene_.chance.per_mille(scene_.how.other_body)) {
        of.other = draw_wish(number, &scene_.wishes[of.wish]);
    }
    const std::size_t callers = scene_.chance.per_mille(scene_.how.second_caller) ? 2 : 1;
    for (std::size_t i = 0; i < callers; ++i) {
        ++of.busy_callers;
        auto one = std::make_shared<caller>();
        one->story = number;
        one->wants_replay = scene_.chance.per_mille(300);
        again(one, scene_.up_to(scene_.how.trouble_lasts / 2));
    }
}

void world::schedule_events() {
    const auto& how = scene_.how;
    const auto during = [&] {
        return scene_.up_to(how.trouble_lasts);
    };
    for (std::size_t i = 0; i < how.drains; ++i) {
        scene_.later(during(), [this] { process_->drain(); });
    }
    for (std::size_t i = 0; i < how.wall_jumps; ++i) {
        scene_.later(during(), [this] {
            auto by = scene_.up_to(scene_.chance.per_mille(500) ? seconds(30) : seconds(7'200));
            by = scene_.chance.per_mille(500) ? by : -by;
            scene_.reached.count(seen::wall_jumped);
            scene_.note("clock", "jumps by ", by.count(), " ms");
            process_->time().shift_wall(by);
        });
    }
    for (std::size_t i = 0; i < how.bad_secrets; ++i) {
        const auto account = scene_.chance.below(sides_.size());
        const auto from = during();
        scene_.later(from, [this, account] { sides_[account].bad_secrets = true; });
        scene_.later(from + scene_.up_to(seconds(60)), [this, account] {
            sides_[account].bad_secrets = false;
            if (process_->up()) {
                process_->secrets_changed(account);
            }
        });
    }
    for (std::size_t i = 0; i < how.operators; ++i) {
        scene_.later(during(), [this] { operate(); });
    }
    for (std::size_t i = 0; i < how.look_ups; ++i) {
        scene_.later(during(), [this] { look(); });
    }
    scene_.later(how.trouble_lasts, [this] { end_trouble(); });
}

// From here on everything works, so that everything must come to an end.
void world::end_trouble() {
    scene_.note("world", "the trouble has ended");
    scene_.trouble = false;
    crashes_left_ = 0;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        sides_[i].bad_secrets = false;
        if (process_->up()) {
            process_->secrets_changed(i);
        }
    }
}

void world::begin_process() {
    process_ = std::make_unique<process>(scene_, judge_, methods_, sides_);
    process_->start();
    crash_at_ = crashes_left_ > 0 ? steps_ + 1 + scene_.chance.below(2 * scene_.how.steps_to_crash)
                                  : most_steps * 2;
}

void world::crash(const char* why) {
    scene_.note("gateway", why);
    process_->kill(scene_.chance.per_mille(500));
    process_.reset();
    judge_.on_crash();
    const auto calls = std::exchange(calls_, {});
    for (const auto& call : calls) {
        --scene_.stories[call->story].open_calls;
        call->lost();
    }
    begin_process();
}

run_report world::run() {
    const auto limit =
        scene_.line.now() + scene_.how.trouble_lasts + std::chrono::hours(settles_within);
    while (!scene_.broken) {
        if (!scene_.line.step(limit)) {
            if (!settled()) {
                scene_.broke("not settled in time");
                for (const auto& of : scene_.stories) {
                    const auto* const row = judge_.row_of(of);
                    scene_.note(
                        "story",
                        of.key.str(),
                        ": ",
                        of.busy_callers,
                        " callers, ",
                        row != nullptr ? to_string(row->state) : std::string_view("no row")
                    );
                }
            }
            break;
        }
        ++steps_;
        if (process_->ended()) {
            crash("starts again");
        } else if (crashes_left_ > 0 && steps_ >= crash_at_) {
            --crashes_left_;
            scene_.reached.count(seen::crash);
            crash("crashes");
        }
        if (steps_ % 16 == 0 && settled()) {
            break;
        }
        if (steps_ > most_steps) {
            scene_.broke("does not come to an end");
        }
    }
    if (!scene_.broken) {
        process_->check_idle();
        judge_.at_the_end();
    }
    process_->kill();
    run_report report;
    report.broken = scene_.broken;
    report.trace = std::move(scene_.trace);
    report.reached = scene_.reached;
    report.reached.steps = steps_;
    return report;
}

bool world::settled() {
    if (scene_.trouble || !calls_.empty() || !process_->idle()) {
        return false;
    }
    return std::all_of(scene_.stories.begin(), scene_.stories.end(), [](const story& one) {
        return one.busy_callers == 0;
    });
}

// Callers

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
    const bool ended = final_answer && of.id && !judge_.settling(*of.id);
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

// Look-ups

void world::look() {
    auto& of = scene_.stories[scene_.chance.below(scene_.stories.size())];
    if (!process_->up() || process_->ended() || judge_.row_of(of) == nullptr) {
        return;
    }
    auto& engine = process_->engine();
    const auto heard = [this, &of](const find_outcome& outcome) {
        looked_up(of, outcome);
    };
    if (scene_.chance.per_mille(500)) {
        process_->call(engine.find_by_key(of.caller, of.key), heard);
        return;
    }
    const auto until = scene_.line.now() + scene_.up_to(scene_.how.longest_wait);
    process_->call(engine.find(judge_.row_of(of)->id, of.caller, {until, nullptr}), heard);
}

// What was durable when the question came is found.
void world::looked_up(story& of, const find_outcome& outcome) {
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

}  // namespace

run_report run_seed(std::uint64_t seed, bool tracing) {
    return world(seed, tracing).run();
}

}  // namespace gateway::simulation
