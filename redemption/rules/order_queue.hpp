#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "redemption/model.hpp"
#include "redemption/rules/order_ticket.hpp"

namespace gateway::redemption {

// Redemptions of one order of one app go out one at a time, in order of arrival
// (docs/redemption-rules.md, One order at a time). There is a FIFO for each alias of an order; the
// aliases are merged into a canonical key. Wherever two redemptions share several FIFOs they are in
// the same order in each, so that no two wait for each other. Pure policy: the result of a call
// names the redemptions that it makes ready.
class order_queue {
public:
    // Queues behind the redemptions that share an alias; one that is queued already keeps its
    // place.
    void join(
        order_ticket& ticket, const platform_identity& scope, const std::vector<order_key>& aliases
    );
    // The aliases are one order, whose canonical key is the first of them
    // (accepted::order_aliases): the ticket is queued under it as well, and so is each one that is
    // queued under another of them. None overtakes a ticket whose turn has come.
    void merge(
        order_ticket& ticket, const platform_identity& scope, const std::vector<order_key>& aliases
    );
    // True if the ticket is the first in all its FIFOs and no attempt of another is under way in
    // them. Being the first, it is not overtaken any more.
    bool take_turn(order_ticket& ticket);
    // An attempt of the redemption is under way from now on.
    void begin_attempt(order_ticket& ticket) noexcept { ticket.in_flight_ = true; }
    // It is no longer: the turn of another may have come.
    waiter_ids end_attempt(order_ticket& ticket);
    // Gives up the position, and the attempt if one is under way (idempotent).
    waiter_ids leave(order_ticket& ticket);

private:
    friend struct order_queue_peer;  // counts the FIFOs in tests

    void queue_under(order_ticket& ticket, const std::string& key);

    order_fifos fifos_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace gateway::redemption
