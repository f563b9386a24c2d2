#include "tests/simulation/swarm.hpp"

namespace gateway::simulation {
namespace {

// Absent in some worlds, rare in others, common in few.
unsigned odds(random_source& from, unsigned common) {
    const unsigned levels[] = {0, 0, common / 8, common / 2, common};
    return from.one_of(levels);
}

milliseconds up_to(random_source& from, std::uint64_t most) {
    return milliseconds(1 + from.below(most));
}

redemption::account_limits limits_from(random_source& from) {
    redemption::account_limits limits;
    const double rates[] = {1, 5, 50, 1'000};
    const std::size_t flights[] = {1, 2, 3, 64};
    const std::size_t queues[] = {1, 3, 100};
    limits.requests_per_second = from.one_of(rates);
    limits.in_flight = from.one_of(flights);
    limits.queue = from.one_of(queues);
    limits.breaker.faults = static_cast<std::uint32_t>(from.between(2, 10));
    return limits;
}

}  // namespace

swarm::swarm(random_source& from) {
    const auto count = from.between(1, 2);
    for (std::uint64_t i = 0; i < count; ++i) {
        accounts.push_back(from.per_mille(700));
    }
    tracked_keys = from.between(2, 8);
    second_caller = odds(from, 600);
    other_body = odds(from, 200);
    shared_natural = odds(from, 300);
    shared_order = odds(from, 800);
    both_order_keys = odds(from, 600);
    hang_up = odds(from, 300);
    const seconds lives[] = {seconds(2), seconds(20), seconds(90), seconds(3'600)};
    longest_life = from.one_of(lives);
    const milliseconds waits[] = {milliseconds(1), milliseconds(1'500), milliseconds(20'000)};
    longest_wait = from.one_of(waits);
    limits = limits_from(from);
    most_callers = from.per_mille(150) ? 2 : 1'000;

    disk_refuses = odds(from, 150);
    disk_doubts = odds(from, 60);
    disk_hangs = odds(from, 60);
    doubt_ends = static_cast<unsigned>(from.between(200, 900));
    read_fails = odds(from, 60);
    const std::uint64_t writes[] = {1, 5, 40, 400};
    disk_stuck = odds(from, 10);
    slowest_write = milliseconds(from.one_of(writes));

    not_sent = odds(from, 200);
    lost_before = odds(from, 200);
    lost_after = odds(from, 250);
    executes_late = odds(from, 100);
    unclear_answer = odds(from, 200);
    refuses = odds(from, 150);
    busy = odds(from, 250);
    bans = odds(from, 100);
    long_bans = odds(from, 300);
    account_fault = odds(from, 80);
    retry_once = odds(from, 100);
    throws = odds(from, 20);
    host_down = odds(from, 30);
    foreign_host = odds(from, 30);
    asks_to_wait = odds(from, 600);
    const std::uint64_t attempts[] = {2, 50, 1'000, 9'000};
    slowest_attempt = milliseconds(from.one_of(attempts));

    crashes = from.per_mille(600) ? from.between(1, 3) : 0;
    const std::size_t steps[] = {30, 120, 400};
    steps_to_crash = from.one_of(steps);
    drains = from.per_mille(200) ? 1 : 0;
    wall_jumps = from.per_mille(250) ? from.between(1, 3) : 0;
    far_jumps = odds(from, 500);
    jumps_at_start = odds(from, 500);
    renames = odds(from, 600);
    new_apps = odds(from, 200);
    one_app = odds(from, 600);
    leaves = odds(from, 300);
    leaves_for_good = odds(from, 600);
    bad_secrets = from.per_mille(250) ? from.between(1, 2) : 0;
    operators = from.per_mille(700) ? from.between(1, 6) : 0;
    look_ups = from.below(6);
    careless = odds(from, 500);
    retention = from.per_mille(60) ? up_to(from, 20'000) : milliseconds(std::chrono::hours(2'160));
    trouble_lasts = milliseconds(from.between(2'000, 90'000));
}

void swarm::share_journal(std::uint64_t seed) {
    random_source from(seed);
    processes = from.between(2, 4);
    const std::size_t steps[] = {20, 100, 400, 1'500};
    const milliseconds longest[] = {milliseconds(1'000), milliseconds(8'000), milliseconds(30'000)};
    pauses = from.per_mille(600) ? from.between(1, 6) : 0;
    steps_to_pause = from.one_of(steps);
    longest_pause = from.one_of(longest);
    trouble_lasts = milliseconds(from.between(2'000, 45'000));
    database_losses = from.per_mille(300) ? from.between(1, 3) : 0;
    wall_jumps = 0;
    jumps_at_start = 0;
    renames = 0;
    new_apps = 0;
    leaves = 0;
    leaves_for_good = 0;
    retention = std::chrono::hours(2'160);
}

}  // namespace gateway::simulation
