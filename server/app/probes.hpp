#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "handlers/account_certificates.hpp"
#include "net/probes.hpp"
#include "platform_clients/alipay/probe.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {

// Passes the events of the platform clients to the observer, and new certificates to /v1/accounts.
class platform_observer final : public alipay::probe {
public:
    // Both must outlive this.
    platform_observer(observer& to, handlers::account_certificates& certificates)
        : to_(to), certificates_(certificates) {}

    void signature_refused(
        const redemption::account_name& account, const base::redacted_text& diagnosis
    ) override {
        to_.client_event("signature_refused", account, diagnosis);
    }
    void answer_not_trusted(
        const redemption::account_name& account, const base::redacted_text& reason
    ) override {
        to_.client_event("answer_not_trusted", account, reason);
    }
    void clock_refused(const redemption::account_name& account, const base::redacted_text& clocks)
        override {
        to_.client_event("clock_refused", account, clocks);
    }
    void slashes_respelled(const redemption::account_name& account) override {
        to_.client_event("slashes_respelled", account, {});
    }
    void certificate_learned(
        const redemption::account_name& account, const alipay::certificate_facts& learned
    ) override {
        const auto until = std::chrono::floor<std::chrono::milliseconds>(learned.not_after);
        to_.client_event("certificate_learned", account, base::redacted_text::trusted(learned.sn));
        to_.certificate_known(account, learned.role, until);
        certificates_.add(account, {learned.role, learned.serial_number, learned.sn, until});
    }

private:
    observer& to_;
    handlers::account_certificates& certificates_;
};

// Passes the events of one account's connection pool to the observer, which must outlive this.
class account_pool_observer final : public net::pool_probe {
public:
    account_pool_observer(observer& to, std::string account)
        : to_(to), account_(std::move(account)) {}

    void pool_changed(const net::pool_usage& now) override { to_.pool_changed(account_, now); }
    void acquire_timed_out() override { to_.acquire_timed_out(account_); }

private:
    observer& to_;
    std::string account_;
};

}  // namespace gateway::server
