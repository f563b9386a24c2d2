#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/token_bucket.hpp"
#include "redemption/rules/account_limits.hpp"
#include "redemption/rules/account_queue.hpp"
#include "redemption/rules/account_ticket.hpp"
#include "redemption/rules/circuit_breaker.hpp"
#include "redemption/rules/fault_pause.hpp"
#include "redemption/rules/one_shot_window.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// Decides when one account may send: attempts in flight, calls per second, bans, the pauses after
// faults of the account or of a method, and the breaker in front of its host
// (docs/redemption-rules.md, Admission). Permits are given in order of arrival, past the
// redemptions whose method is closed. Pure policy: time is an argument, and the result of a call
// names the redemptions that it makes ready.
class account_admission {
public:
    using time = std::chrono::steady_clock::time_point;

    struct acquisition {
        bool acquired = false;
        // When it is worth asking again; absent: when notified.
        std::optional<time> retry_at;
        waiter_ids wake;
    };

    // Why a new wish is refused before it is accepted.
    enum class refusal_reason : std::uint8_t {
        queue_full,
        rate,     // the redemptions before it need every call that is allowed before it expires
        pace,     // they need every permit before it expires, at the pace of the last attempts
        ban,      // the platform's ban lasts until it has expired
        breaker,  // its host is left alone until it has expired
    };
    struct refusal {
        refusal_reason reason = refusal_reason::queue_full;
        std::chrono::milliseconds retry_after{1'000};
    };

    // The changes of the account's health by an attempt's end. After any of them every redemption
    // of the account should look again, queued or not.
    struct changes {
        bool pause = false;
        std::vector<method_name> paused_methods;  // the methods with a pause that began or ended
        bool breaker = false;
        bool ban_lifted = false;
        // The part that waits for a probe by that end: none also if the fault is the redemption's
        // own, which then pauses alone.
        fault_scope stops = fault_scope::none;

        bool any() const noexcept {
            return pause || breaker || ban_lifted || !paused_methods.empty();
        }
        waiter_ids wake;
    };

    explicit account_admission(account_limits limits)
        : limits_(limits), rate_(limits.requests_per_second), breaker_(limits.breaker) {}

    // Whether a wish that comes now and expires at `expires` could not be sent in time, or would be
    // one too many.
    std::optional<refusal> refuses(const method_name& method, time expires, time now) const;
    // When a wish that comes now could be sent, as far as can be told: behind all that wait, once
    // ban, pause and breaker permit.
    time could_start(const method_name& method, time now) const;
    // Keeps that estimate in the ticket.
    void update_estimate(account_ticket& ticket, const method_name& method, time now) const;
    // No call of the method goes out before: a ban, or the breaker. `now` if neither blocks it.
    time opens_at(const method_name& method, time now) const;

    // The redemption will want a permit, whatever it waits for now (idempotent). One in doubt
    // doesn't count against the queue: it is owed an answer and may need long for it.
    void enqueue(account_ticket& ticket, const method_name& method, bool in_doubt);
    // The permit to make one attempt now. It is held until the attempt ends or is cancelled.
    acquisition try_acquire(account_ticket& ticket, const method_name& method, time now);
    // Frees the permit, obeys a ban, judges account and host.
    changes on_attempt_finished(
        account_ticket& ticket, const method_name& method, const attempt_outcome& outcome, time now
    );
    // Nothing was sent: gives back permit, token and probe, if there is a permit (idempotent).
    waiter_ids cancel_permit(account_ticket& ticket, time now);
    // The redemption waits on, but for something else: until it asks again it blocks no other and
    // keeps its arrival (idempotent).
    waiter_ids yield_position(account_ticket& ticket);
    // The redemption waits no longer and loses its arrival (idempotent).
    waiter_ids cancel_wait(account_ticket& ticket);

    // From now on this process may use so much of the account's rate, and as much of its calls in
    // flight, because others share the account.
    waiter_ids share(double per_second, time now);
    // False: the others hold the whole rate as yet, and make room within a second or so.
    bool has_share() const noexcept;
    // The calls per second that were permitted since the last question, and those that wait.
    double demand(time now);

    // The platform bans the method until then.
    void ban(const method_name& method, time until, bool doubted, time now) {
        queue_.gate(method).ban(until, doubted, waiter_id::none, now);
    }
    // Bans of that method, or of all, end.
    void lift_bans(const std::optional<method_name>& method, time now);
    std::vector<method_ban> bans(time now) const { return queue_.bans(now); }
    // New secrets: what is paused is tried again at once.
    waiter_ids on_secrets_changed(time now);
    // An operator wants it tried now: pauses and bans end, of the account and of that method or
    // all, and the next call probes an open breaker.
    changes try_now(const std::optional<method_name>& method, time now);

    const fault_pause& pause() const noexcept { return pause_; }
    // Nothing: the method is not paused by itself.
    const fault_pause* pause_of(const method_name& method) const;
    std::vector<paused_method> paused_methods() const;
    const circuit_breaker& breaker() const noexcept { return breaker_; }
    // The last transport fault, in words.
    const base::redacted_text& last_fault() const noexcept { return last_fault_; }
    const account_limits& limits() const noexcept { return limits_; }
    std::size_t in_flight() const noexcept { return in_flight_; }
    std::size_t waiting() const noexcept { return queue_.waiting(); }

private:
    // Behind all that wait already: when the rate, and when the permits in use, let it start.
    struct estimate {
        time by_rate;
        time by_permits;
    };

    estimate behind_all(const method_name& method, time now) const;
    std::optional<time> blocked_until(const method_name& method, time now) const;
    std::optional<time> breaker_until(time now) const;
    // When so many tokens will be there; nothing: now.
    std::optional<time> tokens_from(double wanted, time now) const;
    waiter_ids first_if(bool turn_passed) const;
    account_queue::lane lane(time now) const;
    void return_permit(account_ticket& ticket) noexcept;
    void give_permit(account_ticket& ticket, const method_name& method, time now);
    static bool is_its_own_fault(
        account_ticket& ticket, const method_gate& gate, const attempt_outcome& outcome
    );
    bool judge_host(account_ticket& ticket, const attempt_outcome& outcome, time now);
    void judge_faults(
        changes& changed,
        waiter_id who,
        const method_name& method,
        const attempt_outcome& outcome,
        time now
    );
    void end_account_pause(
        changes& changed, const method_name& answered, const fault_pause& ended, time now
    );

    account_limits limits_;
    // Never 0: the share of one that shares the account.
    std::size_t most_in_flight_ = limits_.in_flight;
    std::size_t in_flight_ = 0;
    std::size_t permitted_ = 0;  // since `demand_since_`
    time demand_since_{};
    std::size_t one_shots_in_flight_ = 0;
    one_shot_window one_shots_;
    account_queue queue_;
    base::token_bucket rate_;
    std::optional<std::chrono::duration<double>> usual_;  // how long a permit is held
    fault_pause pause_;
    circuit_breaker breaker_;
    base::redacted_text last_fault_;
};

base::fixed_text to_string(account_admission::refusal_reason) noexcept;

}  // namespace gateway::redemption
