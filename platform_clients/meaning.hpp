#pragma once

#include <cstdint>

#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::platform_clients {

// The meaning of a platform's error for the redemption. Each platform's error_table has one for
// every code it knows; docs/redemption-rules.md, Phases and verdicts.
enum class meaning : std::uint8_t {
    throttled,      // a call limit: nothing was dispatched
    account_fault,  // key, signature, app or session of the account
    method_fault,   // the account lacks a permission for the method
    gateway_fault,  // the gateway calls the method in a way that no parameters could save
    clock_skew,     // the request's timestamp: stamp and sign again, once
    refused,        // a final no
    done_before,    // an earlier call did it: an own one if one may have, else another system's
    not_executed,   // proven not executed, may be sent again
    ambiguous,      // may have been executed
};

// Of done_before: when no attempt of this redemption may have been executed.
constexpr redemption::verdict verdict_of(meaning what) noexcept {
    switch (what) {
        case meaning::throttled:
        case meaning::account_fault:
        case meaning::method_fault:
        case meaning::gateway_fault:
        case meaning::clock_skew:
        case meaning::not_executed:
            return redemption::verdict::not_executed;
        case meaning::refused:
        case meaning::done_before:
            return redemption::verdict::refused;
        case meaning::ambiguous:
            break;
    }
    return redemption::verdict::ambiguous;
}

// The part that pauses, because the next redemption would meet the same.
constexpr redemption::fault_scope scope_of(meaning what) noexcept {
    switch (what) {
        case meaning::account_fault:
            return redemption::fault_scope::account;
        case meaning::method_fault:
        case meaning::gateway_fault:
            return redemption::fault_scope::method;
        default:
            return redemption::fault_scope::none;
    }
}

}  // namespace gateway::platform_clients
