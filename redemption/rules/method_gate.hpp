#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "redemption/rules/fault_pause.hpp"

namespace gateway::redemption {

// Closes one method of one account, and no other: the platform's ban, and the pause after a fault
// that stops no more than the method. A plain value; time is an argument.
class method_gate {
public:
    using time = std::chrono::steady_clock::time_point;

    // A ban never shortens one that lasts longer.
    void ban(time until) { banned_until_ = std::max(banned_until_, until); }
    std::optional<time> banned_until(time now) const {
        return banned_until_ > now ? std::optional(banned_until_) : std::nullopt;
    }
    // No call goes out before; nothing: one may go now.
    std::optional<time> closed_until(time now) const {
        return std::max(banned_until(now), pause.blocked_until(now));
    }

    fault_pause pause;
    // An attempt of the method met the fault for which the account is paused now.
    bool met_account_fault = false;
    // The pause is what remained of the account's when another method was answered.
    bool others_work = false;

private:
    time banned_until_{};
};

}  // namespace gateway::redemption
