#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "redemption/model.hpp"

namespace gateway::redemption {

struct live_redemption;

// Redemptions of one order of one account go out one at a time, in order of arrival (contract §4).
// Joining all of a redemption's orders at once keeps the order total, so that no two can wait for
// each other. Loop thread only.
class order_gate {
public:
    // Takes a place behind those that share an order. Pointers stay valid until leave().
    void join(live_redemption& who);
    // True if nobody stands before it.
    bool first(const live_redemption& who) const;
    // Gives the place up (idempotent) and wakes those that may now be first.
    void leave(live_redemption& who);
    std::size_t orders() const noexcept { return queues_.size(); }

private:
    std::map<std::string, std::deque<live_redemption*>, std::less<>> queues_;
};

}  // namespace gateway::redemption
