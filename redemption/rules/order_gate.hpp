#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "redemption/model.hpp"

namespace gateway::redemption {

struct live_redemption;

// Redemptions of one order of one account go out one at a time, in order of arrival (contract §4).
// There is a line for each name of an order. Wherever two stand in the same lines they stand in the
// same order, so that no two can wait for each other. Loop thread only.
class order_gate {
public:
    // Takes a place behind those that share an order. Pointers stay valid until leave().
    void join(live_redemption& who);
    // Its order's names turned out to be one line (accepted::lines): it comes to stand in the first
    // of `lines`, and so does everyone who stands in another. Nobody gets before one whose turn has
    // come.
    void link(live_redemption& who, const std::vector<order_key>& lines);
    // Nobody stands before it, nor is an attempt of another under way.
    bool its_turn(live_redemption& who);
    // Its attempt is no longer under way: the turn of another may have come.
    void wake_next(const live_redemption& who) const;
    // Gives the place up (idempotent) and wakes those that may now be first.
    void leave(live_redemption& who);
    std::size_t lines() const noexcept { return lines_.size(); }

private:
    using line = std::deque<live_redemption*>;

    void stand(live_redemption& who, const std::string& name);
    const line& line_of(const std::string& name) const { return lines_.find(name)->second; }

    std::map<std::string, line, std::less<>> lines_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace gateway::redemption
