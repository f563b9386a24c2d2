// The processes of a run: configured, started, killed and stopped for a while.
#include <algorithm>

#include "tests/simulation/simulated_world.hpp"

namespace gateway::simulation {

void world::draw_configuration() {
    auto& random = scenario_.random;
    const auto& how = scenario_.settings;
    if (scenario_.trouble && random.per_mille(how.jumps_at_start)) {
        const auto by = scenario_.up_to(seconds(3'600));
        scenario_.wall_offset += random.per_mille(500) ? by : -by;
        scenario_.wall_moved = true;
        scenario_.reached.count(seen::wall_jumped_at_start);
    }
    if (random.per_mille(how.renames)) {
        scenario_.formerly.push_back(scenario_.caller);
        scenario_.caller = caller_name("pos-" + std::to_string(scenario_.formerly.size()));
        scenario_.reached.count(seen::caller_renamed);
    }
    for (auto& slot : slots_) {
        draw_slot(slot);
    }
}

void world::draw_slot(account_slot& slot) {
    auto& random = scenario_.random;
    const auto& how = scenario_.settings;
    slot.configured = !slot.gone && !(scenario_.trouble && random.per_mille(how.leaves));
    if (!slot.configured) {
        scenario_.note("operator", slot.name.str(), " is not configured");
        scenario_.reached.count(seen::account_left);
        return;
    }
    if (random.per_mille(how.renames)) {
        const auto before = slot.name.str();
        slot.name = account_name(before.substr(0, 8) + std::string(slot.names++, '\''));
        scenario_.note("operator", before, " is renamed ", slot.name.str());
        scenario_.reached.count(seen::account_renamed);
    }
    if (scenario_.trouble && random.per_mille(how.new_apps)) {
        slot.side = new_side(sides_[slot.side].taobao);
        scenario_.note("operator", slot.name.str(), " gets ", sides_[slot.side].identity.str());
        scenario_.reached.count(seen::app_changed);
    }
}

void world::begin_process(std::size_t number) {
    processes_[number] =
        std::make_unique<process>(number, scenario_, judge_, methods_, slots_, sides_);
    if (scenario_.shared()) {
        processes_[number]->time().shift_wall(scenario_.up_to(milliseconds(100)));
    }
    processes_[number]->start();
    crash_at_ = crashes_left_ > 0
                    ? steps_ + 1 + scenario_.random.below(2 * scenario_.settings.steps_to_crash)
                    : most_steps * 2;
}

void world::crash(std::size_t number, const char* why) {
    scenario_.note("gateway", number, " ", why);
    processes_[number]->kill(scenario_.random.per_mille(500));
    processes_[number].reset();
    judge_.on_crash(number);
    const auto others = std::partition(calls_.begin(), calls_.end(), [&](const auto& call) {
        return call->process != number;
    });
    const std::vector<std::shared_ptr<open_call>> calls(others, calls_.end());
    calls_.erase(others, calls_.end());
    for (const auto& call : calls) {
        --scenario_.tracked_keys[call->tracked].open_calls;
        scenario_.tracked_keys[call->tracked].maybe_taken = true;
        call->lost();
    }
    draw_configuration();
    begin_process(number);
}

// A process that has ended, or will never end by itself, is started again.
void world::look_after(std::size_t number) {
    const auto& of = *processes_[number];
    if (restarts_.erase(number) > 0 || of.to_be_killed()) {
        crash(number, "is killed and started again");
    } else if (of.ended() && scenario_.shared() && !of.up()) {
        start_later(number);
    } else if (of.ended()) {
        crash(number, "starts again");
    }
}

// The database could not be used.
void world::start_later(std::size_t number) {
    if (processes_[number]->killed()) {
        return;
    }
    processes_[number]->kill(scenario_.random.per_mille(500));
    judge_.on_crash(number);
    scenario_.later(milliseconds(100) + scenario_.up_to(milliseconds(900)), [this, number] {
        if (processes_[number]->killed()) {
            restarts_.insert(number);
        }
    });
}

void world::stand_still() {
    --pauses_left_;
    pause_at_ = steps_ + 1 + scenario_.random.below(2 * scenario_.settings.steps_to_pause);
    const auto lasts = scenario_.up_to(scenario_.settings.longest_pause);
    scenario_.reached.count(
        lasts > simulated_fellows::lease ? seen::stood_still_past_lease : seen::stood_still_shortly
    );
    any().pause_until(scenario_.timeline.now() + lasts);
}

// The process stood still during a call, or did not reach its database.
bool world::waited(std::size_t number, base::steady_time since) const {
    return scenario_.shared() &&
           (scenario_.timeline.now() < calm_since_ || since < calm_since_ + seconds(10) ||
            processes_[number]->stood_still_since(since));
}

}  // namespace gateway::simulation
