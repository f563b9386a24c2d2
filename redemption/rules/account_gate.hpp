#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "redemption/platform_method.hpp"
#include "redemption/rules/account_limits.hpp"
#include "redemption/rules/circuit_breaker.hpp"
#include "redemption/rules/waiting_lines.hpp"

namespace gateway::redemption {

struct live_redemption;

// Decides when one account may send: attempts in flight, requests per second, bans named by the
// platform (per method), the pause after an account fault with a probe now and then (contract §4),
// and the breaker in front of its host. Those who must wait go in order of arrival, except past
// those whose method is banned. Pure policy: time is an argument; loop thread only.
class account_gate {
public:
    using time = std::chrono::steady_clock::time_point;

    struct answer {
        bool entered = false;
        // When it may be worth asking again; absent: when woken.
        std::optional<time> not_before;
    };

    // Why a new wish is refused before it is accepted.
    enum class why_not : std::uint8_t {
        queue_full,
        rate,     // those before it need every call that is allowed before it expires
        pace,     // those before it need every call that its platform answers before it expires
        ban,      // the platform's ban lasts until it has expired
        breaker,  // its host is left alone until it has expired
    };
    struct refusal {
        why_not reason = why_not::queue_full;
        std::chrono::milliseconds again{1'000};  // when asking again makes sense
    };

    // What of its health changed.
    struct changes {
        bool pause = false;
        bool breaker = false;
    };

    explicit account_gate(account_limits limits) : limits_(limits), breaker_(limits.breaker) {}

    // Whether a wish that comes now and expires at `expires` could not be sent in time, or would be
    // one too many.
    std::optional<refusal> refuses(const method_name& method, time expires, time now) const;
    // When a wish that comes now could be sent, as far as can be told: behind all that wait, once
    // ban, pause and breaker let it.
    time could_start(const method_name& method, time now) const;
    // No call of the method goes out before: a ban, or the breaker. `now` if neither holds it.
    time opens(const method_name& method, time now) const;
    // It waits, for whatever, until it has entered or is forgotten. Those in doubt are not counted
    // against the queue: they are owed an answer and may need long for it.
    void count_waiting(live_redemption& who);
    // Asks for leave to send now. Who entered must call left() or released().
    answer enter(live_redemption& who, time now);
    // An attempt ended: frees the place, obeys a ban, judges account and host.
    changes left(live_redemption& who, const attempt_outcome& outcome, time now);
    // The platform told the account to leave the method alone until then.
    void ban(const method_name& method, time until);
    // Entered, but did not send after all: gives everything back.
    void released(live_redemption& who, time now);
    // It waits on, but for something else: until it asks again it is in nobody's way (idempotent).
    void step_back(live_redemption& who);
    // Gives up waiting (idempotent).
    void forget(live_redemption& who);
    // New secrets: a paused account is tried again at once.
    void secrets_changed(time now);

    bool paused() const noexcept { return pause_.has_value(); }
    const std::string& why() const noexcept { return why_; }
    const circuit_breaker& breaker() const noexcept { return breaker_; }
    // What the last transport fault was.
    const std::string& last_fault() const noexcept { return last_fault_; }
    const std::map<method_name, time>& bans() const noexcept { return bans_; }
    const account_limits& limits() const noexcept { return limits_; }
    std::size_t in_flight() const noexcept { return in_flight_; }
    std::size_t waiting() const noexcept;

private:
    struct pause {
        time probe_at;
        std::chrono::seconds interval;
        const live_redemption* prober = nullptr;  // whose attempt probes now
        const live_redemption* former = nullptr;  // who probed when the secrets changed
    };

    // Behind all that wait already: when the rate, and when the places in flight, let it start.
    struct estimate {
        time by_rate;
        time by_places;
    };
    estimate behind_all(const method_name& method, time now) const;
    // How many stand in the way of a new wish.
    std::size_t waiting_with(const method_name& method, time now) const;
    // When a queue that is full may begin to move.
    time moves(const method_name& method, time now) const;
    std::optional<time> closed_until(const method_name& method, time now);
    std::optional<time> pause_until(time now) const;
    std::optional<time> breaker_until(time now) const;
    std::optional<time> ban_until(const method_name& method, time now) const;
    double most_tokens() const;
    double tokens_at(time now) const;
    // When so many tokens will be there; nothing: now.
    std::optional<time> when_tokens(double wanted, time now) const;
    bool judge_account(const live_redemption& who, const attempt_outcome& outcome, time now);
    bool judge_host(bool probe, const attempt_outcome& outcome, time now);

    account_limits limits_;
    std::size_t in_flight_ = 0;
    std::map<method_name, std::size_t> waiting_;
    waiting_lines lines_;
    std::optional<std::chrono::duration<double>> usual_;  // how long a place is taken
    double tokens_ = 1;
    time refilled_{};
    std::map<method_name, time> bans_;
    std::optional<pause> pause_;
    std::string why_;
    circuit_breaker breaker_;
    std::string last_fault_;
};

std::string_view to_string(account_gate::why_not) noexcept;

}  // namespace gateway::redemption
