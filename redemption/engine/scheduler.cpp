#include "redemption/engine/scheduler.hpp"

namespace gateway::redemption {

void scheduler::enqueue(live_redemption& live) {
    if (!accounts_.serves(live.record.account)) {
        return;
    }
    orders_.join(live.order, scope_of(live.record), live.record.orders);
    accounts_.enqueue(live);
}

void scheduler::merge_orders(live_redemption& live, const std::vector<order_key>& keys) {
    orders_.merge(live.order, scope_of(live.record), keys);
}

scheduler::acquire_outcome scheduler::try_acquire(live_redemption& live) {
    using result = acquire_outcome::result;
    if (!accounts_.serves(live.record.account)) {
        return {.is = result::not_yet, .retry_at = {}};
    }
    if (!orders_.take_turn(live.order)) {
        accounts_.yield_position(live);  // it may have asked before its order was merged
        return {.is = result::behind_order, .retry_at = {}};
    }
    if (context_.time.now() < live.not_before) {
        return {.is = result::not_yet, .retry_at = live.not_before};
    }
    const auto answer = accounts_.try_acquire(live);
    if (!answer.acquired) {
        return {.is = result::not_yet, .retry_at = answer.retry_at};
    }
    orders_.begin_attempt(live.order);
    return {.is = result::acquired, .retry_at = {}};
}

void scheduler::cancel_permit(live_redemption& live) {
    accounts_.cancel_permit(live);
    on_settled(live);
}

fault_scope scheduler::on_attempt_finished(live_redemption& live, const attempt_outcome& outcome) {
    return accounts_.on_attempt_finished(live, outcome);
}

void scheduler::on_settled(live_redemption& live) {
    table_.notify(orders_.end_attempt(live.order));
}

void scheduler::suspend(live_redemption& live) {
    if (accounts_.serves(live.record.account)) {
        accounts_.leave(live);
    }
    on_settled(live);
}

void scheduler::leave(live_redemption& live) {
    if (accounts_.serves(live.record.account)) {
        accounts_.leave(live);
    }
    table_.notify(orders_.leave(live.order));
}

void scheduler::finish(live_redemption& live) {
    leave(live);
    const auto& account = live.record.account;
    const bool served = accounts_.serves(account);
    if (live.record.state == state::failed && served) {
        accounts_.update_estimate(live);
    }
    live.ended = true;
    table_.remove(live);
    if (!served) {
        context_.probe.redemptions_orphaned(account, table_.count(account));
    }
    live.changed.notify();
}

}  // namespace gateway::redemption
