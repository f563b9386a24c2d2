#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/wait_list.hpp"
#include "redemption/rules/account_ticket.hpp"
#include "redemption/rules/order_ticket.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// What an operator decided about a redemption at work; applied before its next attempt.
struct operator_resolution {
    state to = state::succeeded;
    std::string note;
    std::string who;
};

// Why a wish was not accepted; all callers attached to it get the same.
using refusal = std::variant<key_reused, natural_key_in_use, total_falls, unavailable>;

// One redemption at work in this process. Shared by the coroutine that drives it and the callers
// attached to it; changed by the former only, but for an operator's pending resolution. Loop thread
// only.
struct live_redemption {
    // `id` names no other (live_table::make).
    live_redemption(struct record of, waiter_id id)
        : record(std::move(of)), account(id), order(id) {}

    struct record record;     // as it is durable
    bool accepted = false;    // durable: a caller may be told about it
    std::size_t callers = 0;  // waiting for it now
    // Every caller was told that the journal had not taken it: it must not be sent any more.
    bool withdrawn = false;
    // The work has ended for now: a durable answer or unknown state, a refusal, or parked while
    // draining.
    bool ended = false;
    bool replayed = false;  // what ended it was there before
    std::optional<refusal> refused;
    std::optional<operator_resolution> pending_resolution;

    std::chrono::steady_clock::time_point not_before{};  // backoff or ban
    bool retried_once = false;                           // its last attempt ended with `retry_once`

    account_ticket account;  // its position in the account's queue, and its permit
    order_ticket order;      // its positions in the queues of its order

    base::wait_list changed;  // for callers: `ended`
    base::wait_list wake;     // for the driver: its turn may have come
};

}  // namespace gateway::redemption
