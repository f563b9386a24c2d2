#pragma once

#include "platform_clients/alipay/certificates.hpp"
#include "platform_clients/probe.hpp"

namespace gateway::alipay {

class probe : public platform_clients::probe {
public:
    // An answer's signature covered `/` where its body has `\/`.
    virtual void slashes_respelled(const redemption::account_name& account) = 0;
    // Alipay signs with a new certificate; it was fetched and its chain checked.
    virtual void certificate_learned(
        const redemption::account_name& account, const certificate_facts& learned
    ) = 0;
};

}  // namespace gateway::alipay
