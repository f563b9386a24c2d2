#pragma once

#include "platform_clients/alipay/probe.hpp"
#include "platform_clients/taobao/probe.hpp"
#include "server/observe.hpp"

namespace gateway::server {

// Hands what the platform clients tell to the observer.
class platform_observer final : public alipay::alipay_probe, public taobao::probe {
public:
    // `to` must outlive this.
    explicit platform_observer(observer& to) : to_(to) {}

    void signature_refused(
        const redemption::account_name& account, const alipay::signature_comparison& comparison
    ) override {
        to_.client_event("signature_refused", account, comparison.summary);
    }
    void answer_not_trusted(const redemption::account_name& account, std::string_view reason)
        override {
        to_.client_event("answer_not_trusted", account, reason);
    }
    void slashes_respelled(const redemption::account_name& account) override {
        to_.client_event("slashes_respelled", account, {});
    }
    void certificate_learned(
        const redemption::account_name& account,
        std::string_view sn,
        std::chrono::system_clock::time_point /*not_after*/
    ) override {
        to_.client_event("certificate_learned", account, sn);
    }
    void signature_refused(
        const redemption::account_name& account, std::string_view masked_string_to_sign
    ) override {
        to_.client_event("signature_refused", account, masked_string_to_sign);
    }

private:
    observer& to_;
};

}  // namespace gateway::server
