#include "redemption/rules/order_queue.hpp"

#include <algorithm>
#include <utility>

namespace gateway::redemption {
namespace {

std::string scoped(const platform_identity& scope, const order_key& alias) {
    return scope.str() + '\n' + alias.str();
}

}  // namespace

void order_queue::join(
    order_ticket& ticket, const platform_identity& scope, const std::vector<order_key>& aliases
) {
    if (ticket.fifos_.empty()) {
        ticket.arrival_ = ++arrivals_;
    }
    for (const auto& alias : aliases) {
        queue_under(ticket, scoped(scope, alias));
    }
}

void order_queue::queue_under(order_ticket& ticket, const std::string& key) {
    const auto at = fifos_.try_emplace(key).first;
    if (std::find(ticket.fifos_.begin(), ticket.fifos_.end(), at) != ticket.fifos_.end()) {
        return;
    }
    auto& fifo = at->second;
    const auto comes_before = [](const order_ticket* one, const order_ticket* other) {
        return std::pair(!one->leads_, one->arrival_) < std::pair(!other->leads_, other->arrival_);
    };
    fifo.insert(std::upper_bound(fifo.begin(), fifo.end(), &ticket, comes_before), &ticket);
    ticket.fifos_.push_back(at);
}

void order_queue::merge(
    order_ticket& ticket, const platform_identity& scope, const std::vector<order_key>& aliases
) {
    if (aliases.empty()) {
        return;
    }
    const auto canonical = scoped(scope, aliases.front());
    queue_under(ticket, canonical);
    for (auto other = aliases.begin() + 1; other != aliases.end(); ++other) {
        const auto merged = fifos_.find(scoped(scope, *other));
        if (merged == fifos_.end()) {
            continue;
        }
        for (auto* const one : merged->second) {
            queue_under(*one, canonical);
        }
    }
}

bool order_queue::take_turn(order_ticket& ticket) {
    const auto& in = ticket.fifos_;
    const bool first = std::all_of(in.begin(), in.end(), [&](const auto& fifo) {
        return fifo->second.front() == &ticket;
    });
    if (!first) {
        return false;
    }
    ticket.leads_ = true;
    // Orders that were merged may have had an attempt under way each.
    return std::all_of(in.begin(), in.end(), [&](const auto& fifo) {
        return std::none_of(fifo->second.begin(), fifo->second.end(), [&](const auto* other) {
            return other != &ticket && other->in_flight_;
        });
    });
}

waiter_ids order_queue::end_attempt(order_ticket& ticket) {
    ticket.in_flight_ = false;
    waiter_ids wake;
    for (const auto& fifo : ticket.fifos_) {
        const auto* const first = fifo->second.front();
        if (first != &ticket) {
            wake.push_back(first->owner_);
        }
    }
    return wake;
}

waiter_ids order_queue::leave(order_ticket& ticket) {
    ticket.in_flight_ = false;
    ticket.leads_ = false;
    waiter_ids wake;
    for (const auto& at : std::exchange(ticket.fifos_, {})) {
        auto& fifo = at->second;
        std::erase(fifo, &ticket);
        if (fifo.empty()) {
            fifos_.erase(at);
        } else {
            wake.push_back(fifo.front()->owner_);
        }
    }
    return wake;
}

}  // namespace gateway::redemption
