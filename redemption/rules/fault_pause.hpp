#pragma once

#include <chrono>
#include <optional>

#include "base/redacted_text.hpp"
#include "redemption/rules/waiter.hpp"

namespace gateway::redemption {

// The next look of the other redemptions while one of them probes the account, a method or the
// host; the end of the probe notifies them earlier.
inline constexpr std::chrono::seconds while_probing{1};

// The pause of an account, or of one of its methods, after a fault that is not the redemption's,
// with a probe now and then (docs/redemption-rules.md, Account faults). Pure policy: time is an
// argument.
class fault_pause {
public:
    using time = std::chrono::steady_clock::time_point;

    bool active() const noexcept { return pause_.has_value(); }
    // The platform's words for the last fault.
    const base::redacted_text& reason() const noexcept { return reason_; }
    // When another attempt may go; nothing: now, as the probe if the pause is active.
    std::optional<time> blocked_until(time now) const;

    // The redemption was the last to meet the fault: another one is the better probe.
    bool last_met_by(waiter_id who) const noexcept { return pause_ && pause_->last_met_by == who; }

    // The attempt that goes out now is the probe, if the pause is active.
    void begin_probe(waiter_id who) noexcept;
    // The attempt was not sent after all, or says nothing about the fault: the next may probe.
    void cancel_probe(waiter_id who) noexcept;
    // An attempt met the fault. True if the pause began by it.
    bool on_fault(waiter_id who, const base::redacted_text& words, time now);
    // An attempt was answered without the fault. True if the pause ended by it.
    bool on_answer(waiter_id who) noexcept;
    // A probe may go at once. The one under way may still end the pause, not prolong it.
    void on_secrets_changed(time now);
    // The pause that remains of this one for a method that met its fault, when another method shows
    // that the account works: a probe may go at once.
    fault_pause for_one_method(time now) const;
    void lift() noexcept;

private:
    struct pause {
        time probe_at;
        std::chrono::seconds interval;
        waiter_id probe = waiter_id::none;         // the redemption that probes now
        waiter_id former_probe = waiter_id::none;  // the one that probed when the secrets changed
        waiter_id met_by = waiter_id::none;        // the first that met the fault
        bool met_by_others = false;
        waiter_id last_met_by = waiter_id::none;
    };

    std::optional<pause> pause_;
    base::redacted_text reason_;
};

}  // namespace gateway::redemption
