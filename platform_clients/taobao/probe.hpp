#pragma once

#include <string_view>

#include "redemption/model.hpp"

namespace gateway::taobao {

// What the TOP client tells whoever watches, beside the outcome of an attempt. Texts hold no
// secrets and no codes. Loop thread only.
class probe {
public:
    virtual ~probe() = default;
    // TOP answered code 25, which says nothing more: what was signed and how, for comparison with
    // what the platform's own tools compute.
    virtual void signature_refused(
        const redemption::account_name& account, std::string_view signed_text
    ) = 0;
    // An answer came that can't be read for sure; its attempt is ambiguous. With what the
    // platform's support asks for.
    virtual void answer_not_trusted(
        const redemption::account_name& account, std::string_view reason
    ) = 0;
};

}  // namespace gateway::taobao
