#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "redemption/rules/waiter.hpp"

namespace gateway::redemption {

class order_ticket;

// The FIFOs of order_queue, by scope and alias of the order.
using order_fifos = std::map<std::string, std::vector<order_ticket*>, std::less<>>;

// A redemption's positions in the queues of its order. The redemption owns it, order_queue alone
// changes it and points to it from join() to leave().
class order_ticket {
public:
    explicit order_ticket(waiter_id owner) noexcept : owner_(owner) {}
    order_ticket(const order_ticket&) = delete;
    order_ticket& operator=(const order_ticket&) = delete;

    waiter_id owner() const noexcept { return owner_; }
    bool in_flight() const noexcept { return in_flight_; }

private:
    friend class order_queue;

    waiter_id owner_;
    std::vector<order_fifos::iterator> fifos_;  // in which it is queued
    std::uint64_t arrival_ = 0;
    bool leads_ = false;      // its turn has come
    bool in_flight_ = false;  // an attempt of it is under way
};

}  // namespace gateway::redemption
