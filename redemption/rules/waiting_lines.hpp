#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>

#include "redemption/model.hpp"

namespace gateway::redemption {

struct live_redemption;

// Those that will want a call of one account: a line for each method, as a ban closes one method
// and no other; in order of arrival, so that whoever comes back from a backoff has its old place
// and what newcomers were told holds. Loop thread only.
class waiting_lines {
public:
    // True for a method whose calls may go now.
    using is_open = std::function<bool(const method_name&)>;

    // It will want a call, wherever it stands now (idempotent).
    void join(live_redemption& who);
    // It asked for its call and stands before the gate (idempotent).
    void ask(live_redemption& who);
    // It can't use a call just now (idempotent). True if it stood first before the gate.
    bool step_back(live_redemption& who);
    // It got its call or gave up (idempotent). True as above.
    bool leave(live_redemption& who);

    // How many will want a call of each method.
    std::map<method_name, std::size_t> sizes() const;
    // Nobody before the gate came earlier for a method that is open.
    bool its_turn(const live_redemption& who, const is_open& open) const;
    // How many of those did.
    std::size_t asked_before(const live_redemption& who, const is_open& open) const;
    // One of them is the next; each has to ask again.
    void wake_first() const;

private:
    struct line {
        std::size_t size = 0;
        std::deque<live_redemption*> asked;  // in order of arrival
    };

    std::map<method_name, line> lines_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace gateway::redemption
