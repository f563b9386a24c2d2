#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "redemption/engine/account_registry.hpp"
#include "redemption/engine/live_table.hpp"
#include "redemption/rules/order_queue.hpp"

namespace gateway::redemption {

// Decides which live redemption may make its next attempt: the first of its order, as soon as its
// account permits a call. Holds the queues of the orders. Loop thread only.
class scheduler {
public:
    scheduler(const core_context& context, account_registry& accounts, live_table& table)
        : context_(context), accounts_(accounts), table_(table) {}

    struct acquire_outcome {
        enum class result {
            acquired,      // a permit is held: on_attempt_finished() or cancel_permit() must follow
            behind_order,  // another of its order comes first; it is notified
            not_yet,       // in its own pause, or its account permits no call: see `retry_at`
        };
        result is = result::behind_order;
        // When to ask again unless it is notified earlier.
        std::optional<std::chrono::steady_clock::time_point> retry_at;
    };

    // Takes its positions behind the others of its account and orders; in order of arrival, before
    // it is driven. One whose account is not configured takes none: it is not sent, and holds up no
    // other.
    void enqueue(live_redemption& live);
    // `keys` turned out to be aliases of its order (accepted::order_aliases); before it is sent.
    void merge_orders(live_redemption& live, const std::vector<order_key>& keys);
    acquire_outcome try_acquire(live_redemption& live);
    // Nothing is sent after all.
    void cancel_permit(live_redemption& live);
    // The account may be called again; the order is blocked until on_settled(). The result: what
    // waits for a probe by it.
    fault_scope on_attempt_finished(live_redemption& live, const attempt_outcome& outcome);
    // The end of its attempt is durable.
    void on_settled(live_redemption& live);
    // Its driver failed: gives up its permit and its position at the account, and keeps its turn in
    // its order.
    void suspend(live_redemption& live);
    // Gives up its positions and its permit (idempotent).
    void leave(live_redemption& live);
    // The work has ended: gives up everything and notifies its callers.
    void finish(live_redemption& live);

private:
    const core_context& context_;
    account_registry& accounts_;
    live_table& table_;
    order_queue orders_;
};

}  // namespace gateway::redemption
