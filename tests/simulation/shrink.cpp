#include "tests/simulation/shrink.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::simulation {
namespace {

constexpr std::uint64_t seeds_each = 300;

using change = std::function<void(swarm&)>;

struct named_odds {
    std::string_view name;
    unsigned swarm::* odds;
};

constexpr named_odds all_odds[] = {
    {"second_caller", &swarm::second_caller},
    {"other_body", &swarm::other_body},
    {"shared_natural", &swarm::shared_natural},
    {"shared_order", &swarm::shared_order},
    {"both_order_keys", &swarm::both_order_keys},
    {"hang_up", &swarm::hang_up},
    {"disk_refuses", &swarm::disk_refuses},
    {"disk_doubts", &swarm::disk_doubts},
    {"disk_hangs", &swarm::disk_hangs},
    {"disk_stuck", &swarm::disk_stuck},
    {"read_fails", &swarm::read_fails},
    {"not_sent", &swarm::not_sent},
    {"lost_before", &swarm::lost_before},
    {"lost_after", &swarm::lost_after},
    {"executes_late", &swarm::executes_late},
    {"unclear_answer", &swarm::unclear_answer},
    {"refuses", &swarm::refuses},
    {"busy", &swarm::busy},
    {"bans", &swarm::bans},
    {"long_bans", &swarm::long_bans},
    {"account_fault", &swarm::account_fault},
    {"retry_once", &swarm::retry_once},
    {"throws", &swarm::throws},
    {"host_down", &swarm::host_down},
    {"foreign_host", &swarm::foreign_host},
    {"asks_to_wait", &swarm::asks_to_wait},
    {"jumps_at_start", &swarm::jumps_at_start},
    {"renames", &swarm::renames},
    {"new_apps", &swarm::new_apps},
    {"one_app", &swarm::one_app},
    {"leaves", &swarm::leaves},
    {"careless", &swarm::careless},
};

struct named_count {
    std::string_view name;
    std::size_t swarm::* count;
};

constexpr named_count all_counts[] = {
    {"crashes", &swarm::crashes},
    {"drains", &swarm::drains},
    {"wall_jumps", &swarm::wall_jumps},
    {"bad_secrets", &swarm::bad_secrets},
    {"operators", &swarm::operators},
    {"look_ups", &swarm::look_ups},
    {"pauses", &swarm::pauses},
    {"database_losses", &swarm::database_losses},
};

std::vector<std::pair<std::string_view, change>> changes() {
    std::vector<std::pair<std::string_view, change>> all;
    for (const auto& [called, counted] : all_counts) {
        all.emplace_back(called, [field = counted](swarm& of) { of.*field = 0; });
    }
    for (const auto& [called, level] : all_odds) {
        all.emplace_back(called, [field = level](swarm& of) { of.*field = 0; });
    }
    for (std::size_t keys = 7; keys > 0; --keys) {
        all.emplace_back("one key more", [keys](swarm& of) {
            of.tracked_keys = std::min(of.tracked_keys, keys);
        });
    }
    return all;
}

}  // namespace

smaller_run shrink(std::uint64_t seed) {
    smaller_run best{.without = {}, .seed = seed, .report = {}};
    change accepted = [](swarm&) {
    };
    for (const auto& [name, step] : changes()) {
        const change both = [accepted, next = step](swarm& of) {
            accepted(of);
            next(of);
        };
        for (auto tried = best.seed; tried < best.seed + seeds_each; ++tried) {
            if (run_seed(tried, false, both).broken) {
                best.seed = tried;
                best.without += best.without.empty() ? "" : ", ";
                best.without += name;
                accepted = both;
                break;
            }
        }
    }
    best.report = run_seed(best.seed, true, accepted);
    return best;
}

}  // namespace gateway::simulation
