#include "tests/simulation/world.hpp"

#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {
namespace {

// No run that goes well takes longer once the faults have ended: the longest pause of a redemption
// in doubt is five minutes, and so is that of an account's probe.
constexpr std::chrono::hours settles_within{3};

}  // namespace

world::world(std::uint64_t seed, bool tracing, const std::function<void(swarm&)>& change)
    : scenario_(seed, change) {
    scenario_.tracing = tracing;
    crashes_left_ = scenario_.settings.crashes;
    pauses_left_ = scenario_.settings.pauses;
    if (pauses_left_ > 0) {
        pause_at_ = 1 + scenario_.random.below(2 * scenario_.settings.steps_to_pause);
    }
    scenario_.store.on_removed = [this](const record& row) {
        judge_.on_removed(row);
    };
    draw_accounts();
    for (std::size_t i = 0; i < scenario_.settings.tracked_keys; ++i) {
        draw_tracked_key(i);
    }
    schedule_events();
    processes_.resize(scenario_.settings.processes);
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        begin_process(i);
    }
}

process& world::any() {
    return *processes_[processes_.size() == 1 ? 0 : scenario_.random.below(processes_.size())];
}

void world::draw_accounts() {
    std::size_t number = 0;
    for (const bool taobao : scenario_.settings.accounts) {
        auto& slot = slots_.emplace_back();
        slot.name = account_name((taobao ? "taobao-" : "alipay-") + std::to_string(number++));
        const bool shared = sides_.size() == 1 && sides_.front().taobao == taobao &&
                            scenario_.random.per_mille(scenario_.settings.one_app);
        if (shared) {
            scenario_.reached.count(seen::two_names_of_one_app);
            sides_.front().has_two_accounts = true;
        }
        slot.side = shared ? 0 : new_side(taobao);
    }
}

std::size_t world::new_side(bool taobao) {
    auto& side = sides_.emplace_back();
    side.taobao = taobao;
    side.identity =
        platform_identity((taobao ? "taobao:app-" : "alipay:app-") + std::to_string(sides_.size()));
    return sides_.size() - 1;
}

// With `same_keys`, another body under the same Idempotency-Key.
std::size_t world::draw_wish(std::size_t of, const wish* same_keys) {
    auto& random = scenario_.random;
    const auto& how = scenario_.settings;
    wish made;
    made.number = scenario_.wishes.size();
    made.tracked = of;
    made.account = random.below(slots_.size());
    const kind kinds[] = {kind::total, kind::ticket, kind::eticket};
    made.what = sides_[slots_[made.account].side].taobao ? random.one_of(kinds) : kind::voucher;
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
        const bool alike =
            other.what == made.what && slots_[other.account].side == slots_[made.account].side;
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
        scenario_.later(during(), [this] { any().drain(); });
    }
    for (std::size_t i = 0; i < how.wall_jumps; ++i) {
        scenario_.later(during(), [this] {
            if (scenario_.random.per_mille(scenario_.settings.far_jumps)) {
                static constexpr std::chrono::days far{100};
                scenario_.reached.count(seen::wall_far_ahead);
                jump(far);
                scenario_.later(scenario_.up_to(seconds(90)), [this] { jump(-far); });
                return;
            }
            auto by =
                scenario_.up_to(scenario_.random.per_mille(500) ? seconds(30) : seconds(7'200));
            scenario_.reached.count(seen::wall_jumped);
            jump(scenario_.random.per_mille(500) ? by : -by);
        });
    }
    for (std::size_t i = 0; i < how.bad_secrets; ++i) {
        const auto account = scenario_.random.below(slots_.size());
        const auto from = during();
        scenario_.later(from, [this, account] { sides_[slots_[account].side].bad_secrets = true; });
        scenario_.later(from + scenario_.up_to(seconds(60)), [this, account] {
            sides_[slots_[account].side].bad_secrets = false;
            for (const auto& one : processes_) {
                if (one->up() && slots_[account].configured) {
                    one->secrets_changed(slots_[account].name);
                }
            }
        });
    }
    for (std::size_t i = 0; i < how.operators; ++i) {
        scenario_.later(during(), [this] { operate(); });
    }
    for (std::size_t i = 0; i < how.look_ups; ++i) {
        scenario_.later(during(), [this] { look(); });
    }
    for (std::size_t i = 0; i < how.database_losses; ++i) {
        scenario_.later(during(), [this] {
            const auto until = scenario_.timeline.now() + scenario_.up_to(seconds(20));
            if (scenario_.random.per_mille(500)) {
                scenario_.note("database", "is down");
                scenario_.database_down_until = until;
            } else {
                scenario_.note("database", "is not reached by one");
                any().cut_off_until(until);
            }
        });
    }
    scenario_.later(how.trouble_lasts, [this] { end_trouble(); });
}

// From here on everything works, so that everything must come to an end.
void world::end_trouble() {
    scenario_.note("world", "the trouble has ended");
    scenario_.trouble = false;
    calm_since_ = scenario_.timeline.now();
    crashes_left_ = 0;
    pauses_left_ = 0;
    for (auto& side : sides_) {
        side.bad_secrets = false;
    }
    for (auto& slot : slots_) {
        slot.gone =
            !slot.configured && scenario_.random.per_mille(scenario_.settings.leaves_for_good);
        if (!slot.configured && !slot.gone) {
            restarts_.insert(0);  // only a process alone changes its configuration
        }
        if (slot.gone) {
            scenario_.reached.count(seen::account_left_for_good);
        }
        for (const auto& one : processes_) {
            if (one->up() && slot.configured) {
                one->secrets_changed(slot.name);
            }
        }
    }
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        if (processes_[i]->stuck()) {
            restarts_.insert(i);
        }
    }
    resolve_orphans();
}

void world::jump(milliseconds by) {
    scenario_.note("clock", "jumps by ", by.count(), " ms");
    scenario_.wall_offset += by;
    scenario_.wall_moved = true;
    for (const auto& one : processes_) {
        one->time().shift_wall(by);
    }
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
        bool crashes = crashes_left_ > 0 && steps_ >= crash_at_;
        for (std::size_t i = 0; i < processes_.size(); ++i) {
            const auto* const before = processes_[i].get();
            look_after(i);
            crashes = crashes && processes_[i].get() == before;
        }
        if (crashes) {
            --crashes_left_;
            scenario_.reached.count(seen::crash);
            if (scenario_.shared()) {
                scenario_.reached.count(seen::crash_beside_others);
            }
            crash(scenario_.shared() ? scenario_.random.below(processes_.size()) : 0, "crashes");
        }
        if (pauses_left_ > 0 && steps_ >= pause_at_) {
            stand_still();
        }
        if (steps_ % 16 == 0 && settled()) {
            break;
        }
        if (steps_ > most_steps * (scenario_.shared() ? 10 : 1)) {
            scenario_.broke("does not come to an end");
        }
    }
    if (!scenario_.broken) {
        for (const auto& one : processes_) {
            one->check_idle();
        }
        judge_.at_the_end();
    }
    for (const auto& one : processes_) {
        one->kill();
    }
    run_report report;
    report.broken = scenario_.broken;
    report.trace = std::move(scenario_.trace);
    report.reached = scenario_.reached;
    report.reached.steps = steps_;
    return report;
}

bool world::settled() {
    if (scenario_.trouble || !calls_.empty() ||
        !std::all_of(processes_.begin(), processes_.end(), [](const auto& one) {
            return one->idle();
        })) {
        return false;
    }
    bool pending = false;
    scenario_.store.for_each([&](const record& row) {
        pending = pending || row.state == state::pending;
    });
    if (scenario_.shared() && pending) {
        return false;
    }
    return std::all_of(
        scenario_.tracked_keys.begin(),
        scenario_.tracked_keys.end(),
        [](const tracked_key& one) { return one.busy_callers == 0; }
    );
}

run_report run_seed(std::uint64_t seed, bool tracing, const std::function<void(swarm&)>& change) {
    return world(seed, tracing, change).run();
}

}  // namespace gateway::simulation
