#pragma once

#include <chrono>
#include <string_view>

#include "platform_clients/alipay/diagnosis.hpp"
#include "redemption/model.hpp"

namespace gateway::alipay {

// What the Alipay client tells whoever watches. Loop thread only.
class alipay_probe {
public:
    virtual ~alipay_probe() = default;
    // Alipay answered "invalid signature".
    virtual void signature_refused(
        const redemption::account_name& account, const signature_comparison& comparison
    ) = 0;
    // An answer came that can't be believed; its attempt is ambiguous.
    virtual void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) = 0;
    // An answer's signature covered `/` where its body has `\/`.
    virtual void slashes_respelled(const redemption::account_name& account) = 0;
    // Alipay signs with a new certificate; it was fetched and its chain checked.
    virtual void certificate_learned(
        const redemption::account_name& account,
        std::string_view sn,
        std::chrono::system_clock::time_point not_after
    ) = 0;
};

}  // namespace gateway::alipay
