#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "redemption/engine/live_redemption.hpp"
#include "redemption/rules/account_gate.hpp"

namespace gateway::redemption {

// Redemptions before a gate, how their attempts may end, and a time that stands still.
class Gates : public ::testing::Test {
protected:
    std::unique_ptr<live_redemption> live(const char* order = "") {
        record what;
        what.account = account_name("shop");
        what.method = method;
        if (*order != '\0') {
            what.orders.emplace_back(order);
        }
        return std::make_unique<live_redemption>(what);
    }

    static attempt_outcome answered(verdict v) {
        attempt_outcome outcome;
        outcome.phase = phase::answered;
        outcome.verdict = v;
        return outcome;
    }

    static attempt_outcome banned(std::chrono::seconds length) {
        auto outcome = answered(verdict::not_executed);
        outcome.ban = length;
        return outcome;
    }

    static attempt_outcome fault() {
        auto outcome = answered(verdict::not_executed);
        outcome.account_fault = true;
        outcome.detail = "invalid session";
        return outcome;
    }

    static attempt_outcome unreachable() {
        attempt_outcome outcome;
        outcome.transport_fault = true;
        outcome.detail = "connection refused";
        return outcome;
    }

    boost::asio::io_context loop;
    method_name method{"m"};
    account_gate::time now{std::chrono::seconds(1000)};
};

}  // namespace gateway::redemption
