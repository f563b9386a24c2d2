#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "redemption/rules/fault_pause.hpp"
#include "redemption/rules/waiter.hpp"

namespace gateway::redemption {

// How often one call tries whether a doubted ban still holds (docs/redemption-rules.md, Bans).
inline constexpr std::chrono::minutes ban_trial_interval{5};

// Closes one method of one account, and no other: the platform's ban, and the pause after a fault
// that stops no more than the method. A plain value; time is an argument.
class method_gate {
public:
    using time = std::chrono::steady_clock::time_point;

    // A ban never shortens one that lasts longer, unless a trial brought it.
    void ban(time until, bool doubted, waiter_id who, time now);
    std::optional<time> banned_until(time now) const;
    // Of a doubted ban: when one call may try it.
    std::optional<time> next_trial() const noexcept { return trial_at_; }
    // No call goes out before because of a ban; nothing: one may go now.
    std::optional<time> ban_blocks_until(time now) const;
    // The same because of a ban or the pause.
    std::optional<time> closed_until(time now) const;

    // The attempt that goes out now is the trial or the probe of what is closed.
    void begin_call(waiter_id who, time now) noexcept;
    // The attempt was not sent after all, or says nothing.
    void cancel_call(waiter_id who) noexcept;
    // An attempt was answered without a ban. True if that ended a doubted one.
    bool on_unbanned(waiter_id who) noexcept;
    // True if there was one.
    bool lift_ban(time now) noexcept;

    fault_pause pause;
    // An attempt of the method met the fault for which the account is paused now.
    bool met_account_fault = false;
    // The pause is what remained of the account's when another method was answered.
    bool others_work = false;
    // How many pauses, of the account too, an answer to a call of the method has ended.
    std::uint64_t pauses_ended = 0;

private:
    time banned_until_{};
    std::optional<time> trial_at_;  // while the ban is doubted
    waiter_id trial_ = waiter_id::none;
};

}  // namespace gateway::redemption
