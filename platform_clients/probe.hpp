#pragma once

#include "base/redacted_text.hpp"
#include "redemption/model.hpp"

namespace gateway::platform_clients {

// Events that an account reports beside the outcome of an attempt. Loop thread only.
class probe {
public:
    virtual ~probe() = default;
    // The platform refused the signature: what was signed, beside what the platform verified if it
    // says so.
    virtual void signature_refused(
        const redemption::account_name& account, const base::redacted_text& diagnosis
    ) = 0;
    // An answer that can't be read for sure or must not be trusted; its attempt is ambiguous.
    virtual void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) = 0;
    // The platform does not accept the time of this machine's clock: both clocks.
    virtual void clock_refused(
        const redemption::account_name& account, const base::redacted_text& clocks
    ) = 0;
};

}  // namespace gateway::platform_clients
