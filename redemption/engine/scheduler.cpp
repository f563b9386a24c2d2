#include "redemption/engine/scheduler.hpp"

namespace gateway::redemption {

void scheduler::enqueue(live_redemption& live) {
    orders_.join(live);
    accounts_.enqueue(live);
}

void scheduler::merge_orders(live_redemption& live, const std::vector<order_key>& keys) {
    orders_.link(live, keys);
}

scheduler::acquire_outcome scheduler::try_acquire(live_redemption& live) {
    using result = acquire_outcome::result;
    if (!orders_.its_turn(live)) {
        accounts_.yield_position(live);  // it may have asked before its order was merged
        return {.is = result::behind_order, .retry_at = {}};
    }
    if (context_.time.now() < live.not_before) {
        return {.is = result::not_yet, .retry_at = live.not_before};
    }
    const auto answer = accounts_.try_acquire(live);
    if (!answer.entered) {
        return {.is = result::not_yet, .retry_at = answer.not_before};
    }
    live.in_flight = true;
    return {.is = result::acquired, .retry_at = {}};
}

void scheduler::cancel_permit(live_redemption& live) {
    accounts_.cancel_permit(live);
    on_settled(live);
}

void scheduler::on_attempt_finished(live_redemption& live, const attempt_outcome& outcome) {
    accounts_.on_attempt_finished(live, outcome);
}

void scheduler::on_settled(live_redemption& live) {
    live.in_flight = false;
    orders_.wake_next(live);
}

void scheduler::leave(live_redemption& live) {
    if (accounts_.serves(live.what.account)) {
        accounts_.leave(live);
    }
    live.in_flight = false;
    orders_.leave(live);
}

void scheduler::finish(live_redemption& live) {
    leave(live);
    if (live.what.state == state::failed && accounts_.serves(live.what.account)) {
        live.starts_about = accounts_.could_start(live);
    }
    live.ended = true;
    table_.remove(live);
    live.changed.notify();
}

}  // namespace gateway::redemption
