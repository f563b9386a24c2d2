#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "redemption/rules/account_limits.hpp"
#include "tests/simulation/random_source.hpp"

namespace gateway::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The settings of one seed: which faults exist in it at all and how often (per mille), how
// many take part, how small queues and limits are. Many odd worlds find more than one average one.
struct swarm {
    explicit swarm(random_source& from);

    std::vector<bool> accounts;  // true: Taobao
    std::size_t tracked_keys;
    unsigned second_caller;
    unsigned other_body;
    unsigned shared_natural;
    unsigned shared_order;
    unsigned both_order_keys;
    unsigned hang_up;
    seconds longest_life;
    milliseconds longest_wait;
    redemption::account_limits limits;
    std::size_t most_callers;

    unsigned disk_refuses;
    unsigned disk_doubts;
    unsigned disk_hangs;
    unsigned doubt_ends;
    unsigned read_fails;
    unsigned disk_stuck;  // hangs until the process dies
    milliseconds slowest_write;

    unsigned not_sent;
    unsigned lost_before;
    unsigned lost_after;
    unsigned executes_late;
    unsigned unclear_answer;
    unsigned refuses;
    unsigned busy;
    unsigned bans;
    unsigned long_bans;  // of these, far longer than the documents name
    unsigned account_fault;
    unsigned retry_once;
    unsigned throws;
    unsigned host_down;
    unsigned foreign_host;  // another answers in the platform's place for a while
    unsigned asks_to_wait;  // of these, with Retry-After
    milliseconds slowest_attempt;

    std::size_t crashes;
    std::size_t steps_to_crash;
    std::size_t drains;
    std::size_t wall_jumps;
    unsigned far_jumps;        // of these, 100 days
    unsigned jumps_at_start;   // at each start of a process
    unsigned renames;          // of each account and of the caller, at each start
    unsigned new_apps;         // an account gets another app
    unsigned one_app;          // two accounts have the same
    unsigned leaves;           // an account is not configured
    unsigned leaves_for_good;  // and does not come back
    std::size_t bad_secrets;
    std::size_t operators;
    std::size_t look_ups;
    unsigned careless;
    milliseconds retention;
    milliseconds trouble_lasts;

    std::size_t processes = 1;  // on one journal
    std::size_t pauses = 0;     // of a process, which then goes on
    std::size_t steps_to_pause = 1;
    milliseconds longest_pause{1};
    std::size_t database_losses = 0;

    // Two to four processes, which have one configuration, and clocks that the journal corrects.
    void share_journal(std::uint64_t seed);
};

}  // namespace gateway::simulation
