#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/wait_list.hpp"
#include "redemption/rules/account_ticket.hpp"
#include "redemption/rules/lifecycle.hpp"
#include "redemption/rules/order_ticket.hpp"

namespace gateway::redemption {

// One redemption at work in this process, shared by its driver and the callers attached to it. The
// driver changes it; callers change `looked_up` and `answered_before`, operators
// `pending_resolution`. Loop thread only.
struct live_redemption {
    // `id` names no other (live_table::make).
    live_redemption(struct record of, waiter_id id)
        : record(std::move(of)), account(id, record.replay_safe), order(id) {}

    struct record record;   // as it is durable
    bool accepted = false;  // durable: callers may be answered with it
    // While the journal does not answer the acceptance: what the key stood for before, once it was
    // looked up.
    bool looked_up = false;
    std::optional<struct record> answered_before;
    // The work on it has ended: it is final, unknown, refused, or parked while draining.
    bool ended = false;
    bool elsewhere = false;  // another process works on it, and this one follows
    bool replayed = false;   // it was final before the wish came
    std::optional<refusal> refused;
    std::optional<operator_resolution> pending_resolution;
    std::uint32_t faults = 0;  // drivers of it that failed

    time_at_work time;
    std::chrono::steady_clock::time_point not_before{};  // backoff or ban
    bool retried_once = false;                           // its last attempt ended with `retry_once`

    account_ticket account;  // its position in the account's queue, and its permit
    order_ticket order;      // its positions in the queues of its order

    base::wait_list changed;  // for callers: `accepted` or `ended`
    base::wait_list wake;     // for the driver: its turn may have come
};

}  // namespace gateway::redemption
