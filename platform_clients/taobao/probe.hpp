#pragma once

#include <string_view>

#include "redemption/model.hpp"

namespace gateway::taobao {

// What the TOP client tells whoever watches, beside the outcome of an attempt. Loop thread only.
class probe {
public:
    virtual ~probe() = default;
    // TOP answered code 25, which says nothing more: what we signed, with session, secret and
    // codes masked, for comparison with what the platform's own tools compute.
    virtual void signature_refused(
        const redemption::account_name& account, std::string_view masked_string_to_sign
    ) = 0;
};

}  // namespace gateway::taobao
