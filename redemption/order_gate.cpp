#include "redemption/order_gate.hpp"

#include <algorithm>

#include "redemption/live_redemption.hpp"

namespace gateway::redemption {
namespace {

std::string scoped(const record& what, const order_key& order) {
    return what.account.str() + '\n' + order.str();
}

}  // namespace

bool has_ambiguous_attempt(const record& what) noexcept {
    return std::any_of(what.attempts.begin(), what.attempts.end(), [](const attempt& a) {
        return a.verdict == verdict::ambiguous;
    });
}

void order_gate::join(live_redemption& who) {
    for (const auto& order : who.what.orders) {
        queues_[scoped(who.what, order)].push_back(&who);
    }
    who.in_order = true;
}

bool order_gate::first(const live_redemption& who) const {
    return std::all_of(who.what.orders.begin(), who.what.orders.end(), [&](const order_key& order) {
        return queues_.find(scoped(who.what, order))->second.front() == &who;
    });
}

void order_gate::leave(live_redemption& who) {
    if (!who.in_order) {
        return;
    }
    who.in_order = false;
    for (const auto& order : who.what.orders) {
        const auto queue = queues_.find(scoped(who.what, order));
        std::erase(queue->second, &who);
        if (queue->second.empty()) {
            queues_.erase(queue);
        } else {
            queue->second.front()->wake.notify();
        }
    }
}

}  // namespace gateway::redemption
