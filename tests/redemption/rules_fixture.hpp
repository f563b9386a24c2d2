#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "redemption/rules/account_admission.hpp"

namespace gateway::redemption {

inline attempt_outcome answered(verdict says) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = says;
    return outcome;
}

inline attempt_outcome banned(std::chrono::seconds length) {
    auto outcome = answered(verdict::not_executed);
    outcome.ban = length;
    return outcome;
}

inline attempt_outcome doubtfully_banned(std::chrono::seconds length) {
    auto outcome = banned(length);
    outcome.ban_doubted = true;
    return outcome;
}

inline attempt_outcome account_fault(base::fixed_text words = "invalid session") {
    auto outcome = answered(verdict::not_executed);
    outcome.stops = fault_scope::account;
    outcome.detail = words;
    return outcome;
}

inline attempt_outcome method_fault(base::fixed_text words = "no permission") {
    auto outcome = answered(verdict::not_executed);
    outcome.stops = fault_scope::method;
    outcome.detail = words;
    return outcome;
}

inline attempt_outcome unreachable() {
    attempt_outcome outcome;
    outcome.transport_fault = true;
    outcome.detail = "connection refused";
    return outcome;
}

inline attempt_outcome bad_gateway() {
    auto outcome = answered(verdict::ambiguous);
    outcome.transport_fault = true;
    return outcome;
}

// Redemptions of one account and a time that stands still.
class AccountRules : public ::testing::Test {
protected:
    using time = account_admission::time;

    account_ticket& ticket() {
        return tickets_.emplace_back(waiter_id{static_cast<std::uint64_t>(tickets_.size() + 1)});
    }
    account_ticket& one_shot() {
        return tickets_.emplace_back(
            waiter_id{static_cast<std::uint64_t>(tickets_.size() + 1)}, false
        );
    }
    // They wait for a permit of `method`, in this order.
    std::vector<account_ticket*> waiting(account_admission& account, std::size_t count) {
        std::vector<account_ticket*> all;
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(&ticket());
            account.enqueue(*all.back(), method, false);
            account.try_acquire(*all.back(), method, now);
        }
        return all;
    }
    bool acquires(account_admission& account, account_ticket& who) {
        return account.try_acquire(who, method, now).acquired;
    }
    account_admission::changes finish(
        account_admission& account, account_ticket& who, const attempt_outcome& outcome
    ) {
        return account.on_attempt_finished(who, method, outcome, now);
    }
    // One attempt, which gets its permit and ends at once.
    account_admission::changes attempt(account_admission& account, const attempt_outcome& outcome) {
        auto& who = ticket();
        EXPECT_TRUE(acquires(account, who));
        return finish(account, who, outcome);
    }

    const method_name method{"m"};
    const method_name other_method{"other"};
    time now{std::chrono::seconds(1000)};

private:
    std::deque<account_ticket> tickets_;  // stays where it is
};

}  // namespace gateway::redemption
