#pragma once

#include <chrono>
#include <optional>

#include "redemption/platform_method.hpp"
#include "redemption/rules/waiter.hpp"

namespace gateway::redemption {

// The next look of the other redemptions while one of them probes the account or its host; the end
// of the probe notifies them earlier.
inline constexpr std::chrono::seconds while_probing{1};

// The pause of an account after an account fault, with a probe now and then
// (docs/redemption-rules.md, Account faults). Pure policy: time is an argument.
class account_pause {
public:
    using time = std::chrono::steady_clock::time_point;

    bool active() const noexcept { return pause_.has_value(); }
    // The platform's words for the last fault.
    const base::redacted_text& reason() const noexcept { return reason_; }
    // When another attempt may go; nothing: now, as the probe if the pause is active.
    std::optional<time> blocked_until(time now) const;

    // The attempt that goes out now is the probe, if the pause is active.
    void begin_probe(waiter_id who) noexcept;
    // The attempt is not sent after all.
    void cancel_probe(waiter_id who) noexcept;
    // An attempt ended. True if the pause began or ended by it.
    bool on_attempt_finished(waiter_id who, const attempt_outcome& outcome, time now);
    // A probe may go at once. The one under way may still end the pause, not prolong it.
    void on_secrets_changed(time now);

private:
    struct pause {
        time probe_at;
        std::chrono::seconds interval;
        waiter_id probe = waiter_id::none;         // the redemption that probes now
        waiter_id former_probe = waiter_id::none;  // the one that probed when the secrets changed
    };

    bool on_fault(bool was_probe, const attempt_outcome& outcome, time now);

    std::optional<pause> pause_;
    base::redacted_text reason_;
};

}  // namespace gateway::redemption
