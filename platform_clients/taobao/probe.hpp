#pragma once

#include "base/redacted_text.hpp"
#include "redemption/model.hpp"

namespace gateway::taobao {

// What the TOP client tells whoever watches, beside the outcome of an attempt. Loop thread only.
class probe {
public:
    virtual ~probe() = default;
    // TOP answered code 25, which says nothing more: what was signed and how, for comparison with
    // what the platform's own tools compute.
    virtual void signature_refused(
        const redemption::account_name& account, const base::redacted_text& signed_text
    ) = 0;
    // An answer came that can't be read for sure; its attempt is ambiguous. With what the
    // platform's support asks for.
    virtual void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) = 0;
};

}  // namespace gateway::taobao
