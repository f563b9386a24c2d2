#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/redacted_text.hpp"
#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"

// Events that the core and the journal report. server/observe chooses words and series.
// Loop thread only.

namespace gateway::redemption {

class core_probe {
public:
    virtual ~core_probe() = default;
    // A redemption is now in the state of `what`, so long after it went to work. Without `before`
    // it was accepted just now, or picked up from the journal at the start.
    virtual void redemption_state(
        const record& what, std::optional<state> before, std::chrono::nanoseconds age
    ) = 0;
    virtual void attempt_finished(
        const record& what,
        const attempt& which,
        const attempt_outcome& outcome,
        std::chrono::nanoseconds took
    ) = 0;
    // An account stopped or resumed sending because of an account fault.
    virtual void account_paused(const account_name& account, const base::redacted_text& why) = 0;
    virtual void account_resumed(const account_name& account) = 0;
    // The same of one method of an account, because of a fault that stops no more than that.
    virtual void method_paused(
        const account_name& account, const method_name& method, const base::redacted_text& why
    ) = 0;
    virtual void method_resumed(const account_name& account, const method_name& method) = 0;
    // An operator has it tried now (docs/api.md, Accounts); without `method` all its methods.
    virtual void account_tried(
        const account_name& account, const std::optional<method_name>& method, std::string_view who
    ) = 0;
    // The breaker of an account opened after so many faults of its host in a row, or closed again.
    virtual void breaker_opened(
        const account_name& account, std::uint32_t faults, const base::redacted_text& last_fault
    ) = 0;
    virtual void breaker_closed(const account_name& account) = 0;
    // A new wish was refused before it was accepted; `reason` is one of a few words.
    virtual void turned_away(const account_name& account, base::fixed_text reason) = 0;
    virtual void journal_trouble(const record& what, const base::redacted_text& reason) = 0;
    // An operator's action on `what` is durable: "resolve" (its state says as what) or "retry".
    virtual void operator_acted(const record& what, const history_entry& action) = 0;
    // An attempt was executed, as its process told late, of a redemption that had been resolved as
    // not redeemed; `what` is as it is now.
    virtual void resolution_contradicted(const record& what, const attempt& which) = 0;
    // So many pending redemptions belong to an account that is not configured.
    virtual void redemptions_orphaned(const account_name& account, std::size_t pending) = 0;
};

class journal_probe {
public:
    virtual ~journal_probe() = default;
    virtual void committed(std::size_t operations, std::chrono::nanoseconds took) = 0;
    virtual void failed(const base::redacted_text& reason) = 0;
    // A list came without the sealed parts of so many redemptions; `why` is of the last one.
    virtual void unreadable(std::size_t redemptions, const base::redacted_text& why) = 0;
};

}  // namespace gateway::redemption
