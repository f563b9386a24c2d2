#include "tests/simulation/world.hpp"

#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {
namespace {

// No run that goes well takes longer once the faults have ended: the longest pause of a redemption
// in doubt is five minutes, and so is that of an account's probe.
constexpr std::chrono::hours settles_within{3};
constexpr std::size_t most_steps = 400'000;

}  // namespace

world::world(std::uint64_t seed, bool tracing) : scenario_(seed) {
    scenario_.tracing = tracing;
    crashes_left_ = scenario_.settings.crashes;
    scenario_.store.on_removed = [this](const record& row) {
        judge_.on_removed(row);
    };
    draw_accounts();
    for (std::size_t i = 0; i < scenario_.settings.tracked_keys; ++i) {
        draw_tracked_key(i);
    }
    schedule_events();
    begin_process();
}

void world::draw_accounts() {
    std::size_t number = 0;
    for (const bool taobao : scenario_.settings.accounts) {
        auto& side = sides_.emplace_back();
        side.name = account_name((taobao ? "taobao-" : "alipay-") + std::to_string(number++));
        side.identity =
            identity_of(taobao ? platform_kind::taobao : platform_kind::alipay, side.name.str());
        side.taobao = taobao;
    }
}

// With `same_keys`, another body under the same Idempotency-Key.
std::size_t world::draw_wish(std::size_t of, const wish* same_keys) {
    auto& random = scenario_.random;
    const auto& how = scenario_.settings;
    wish made;
    made.number = scenario_.wishes.size();
    made.tracked = of;
    made.account = random.below(sides_.size());
    const kind kinds[] = {kind::total, kind::ticket, kind::eticket};
    made.what = sides_[made.account].taobao ? random.one_of(kinds) : kind::voucher;
    if (same_keys != nullptr) {
        made.account = same_keys->account;
        made.what = same_keys->what;
    }
    made.group = made.number;
    made.body[0] = static_cast<std::uint8_t>(made.number);
    made.body[1] = 1;
    made.lifetime = seconds(1 + random.below(static_cast<std::uint64_t>(how.longest_life.count())));
    const wish* shares = nullptr;
    if (!scenario_.wishes.empty()) {
        const auto& other = scenario_.wishes[random.below(scenario_.wishes.size())];
        const bool alike = other.what == made.what && other.account == made.account;
        shares = alike ? &other : nullptr;
    }
    if (made.what == kind::voucher || made.what == kind::eticket) {
        made.natural = natural_key("n" + std::to_string(made.number));
        if (shares != nullptr && random.per_mille(how.shared_natural)) {
            made.natural = shares->natural;
            made.group = shares->group;
        }
    }
    if (made.what == kind::voucher) {
        return scenario_.wishes.emplace_back(made).number;
    }
    made.order =
        shares != nullptr && random.per_mille(how.shared_order) ? shares->order : orders_++;
    const auto name = std::to_string(made.order);
    if (made.what == kind::eticket) {
        made.orders = {order_key("outer_id:" + name)};
    } else {
        const bool both = random.per_mille(how.both_order_keys);
        const bool own = random.per_mille(500);
        if (both || !own) {
            made.orders.emplace_back("order_id:" + name);
        }
        if (both || own) {
            made.orders.emplace_back("out_order_id:" + name);
        }
        if (both && random.per_mille(300)) {
            std::swap(made.orders.front(), made.orders.back());
        }
    }
    if (made.what == kind::total) {
        made.total = static_cast<std::int64_t>(random.between(1, 4));
    }
    return scenario_.wishes.emplace_back(made).number;
}

void world::draw_tracked_key(std::size_t number) {
    auto& of = scenario_.tracked_keys.emplace_back();
    of.caller = caller_name("pos");
    of.key = idempotency_key("k" + std::to_string(number));
    of.wish = draw_wish(number, nullptr);
    if (scenario_.random.per_mille(scenario_.settings.other_body)) {
        of.other = draw_wish(number, &scenario_.wishes[of.wish]);
    }
    const std::size_t callers =
        scenario_.random.per_mille(scenario_.settings.second_caller) ? 2 : 1;
    for (std::size_t i = 0; i < callers; ++i) {
        ++of.busy_callers;
        auto one = std::make_shared<caller>();
        one->tracked = number;
        one->wants_replay = scenario_.random.per_mille(300);
        again(one, scenario_.up_to(scenario_.settings.trouble_lasts / 2));
    }
}

void world::schedule_events() {
    const auto& how = scenario_.settings;
    const auto during = [&] {
        return scenario_.up_to(how.trouble_lasts);
    };
    for (std::size_t i = 0; i < how.drains; ++i) {
        scenario_.later(during(), [this] { process_->drain(); });
    }
    for (std::size_t i = 0; i < how.wall_jumps; ++i) {
        scenario_.later(during(), [this] {
            auto by =
                scenario_.up_to(scenario_.random.per_mille(500) ? seconds(30) : seconds(7'200));
            by = scenario_.random.per_mille(500) ? by : -by;
            scenario_.reached.count(seen::wall_jumped);
            scenario_.note("clock", "jumps by ", by.count(), " ms");
            process_->time().shift_wall(by);
        });
    }
    for (std::size_t i = 0; i < how.bad_secrets; ++i) {
        const auto account = scenario_.random.below(sides_.size());
        const auto from = during();
        scenario_.later(from, [this, account] { sides_[account].bad_secrets = true; });
        scenario_.later(from + scenario_.up_to(seconds(60)), [this, account] {
            sides_[account].bad_secrets = false;
            if (process_->up()) {
                process_->secrets_changed(account);
            }
        });
    }
    for (std::size_t i = 0; i < how.operators; ++i) {
        scenario_.later(during(), [this] { operate(); });
    }
    for (std::size_t i = 0; i < how.look_ups; ++i) {
        scenario_.later(during(), [this] { look(); });
    }
    scenario_.later(how.trouble_lasts, [this] { end_trouble(); });
}

// From here on everything works, so that everything must come to an end.
void world::end_trouble() {
    scenario_.note("world", "the trouble has ended");
    scenario_.trouble = false;
    crashes_left_ = 0;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        sides_[i].bad_secrets = false;
        if (process_->up()) {
            process_->secrets_changed(i);
        }
    }
}

void world::begin_process() {
    process_ = std::make_unique<process>(scenario_, judge_, methods_, sides_);
    process_->start();
    crash_at_ = crashes_left_ > 0
                    ? steps_ + 1 + scenario_.random.below(2 * scenario_.settings.steps_to_crash)
                    : most_steps * 2;
}

void world::crash(const char* why) {
    scenario_.note("gateway", why);
    process_->kill(scenario_.random.per_mille(500));
    process_.reset();
    judge_.on_crash();
    const auto calls = std::exchange(calls_, {});
    for (const auto& call : calls) {
        --scenario_.tracked_keys[call->tracked].open_calls;
        call->lost();
    }
    begin_process();
}

run_report world::run() {
    const auto limit = scenario_.timeline.now() + scenario_.settings.trouble_lasts +
                       std::chrono::hours(settles_within);
    while (!scenario_.broken) {
        if (!scenario_.timeline.step(limit)) {
            if (!settled()) {
                scenario_.broke("not settled in time");
                for (const auto& of : scenario_.tracked_keys) {
                    const auto* const row = judge_.row_of(of);
                    scenario_.note(
                        "key",
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
            scenario_.reached.count(seen::crash);
            crash("crashes");
        }
        if (steps_ % 16 == 0 && settled()) {
            break;
        }
        if (steps_ > most_steps) {
            scenario_.broke("does not come to an end");
        }
    }
    if (!scenario_.broken) {
        process_->check_idle();
        judge_.at_the_end();
    }
    process_->kill();
    run_report report;
    report.broken = scenario_.broken;
    report.trace = std::move(scenario_.trace);
    report.reached = scenario_.reached;
    report.reached.steps = steps_;
    return report;
}

bool world::settled() {
    if (scenario_.trouble || !calls_.empty() || !process_->idle()) {
        return false;
    }
    return std::all_of(
        scenario_.tracked_keys.begin(),
        scenario_.tracked_keys.end(),
        [](const tracked_key& one) { return one.busy_callers == 0; }
    );
}

run_report run_seed(std::uint64_t seed, bool tracing) {
    return world(seed, tracing).run();
}

}  // namespace gateway::simulation
