#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "redemption/platform_method.hpp"

namespace gateway::redemption {

struct live_redemption;

// What an operator allows one account (contract §6 `limits`).
struct account_limits {
    double requests_per_second = 50;
    std::size_t in_flight = 64;
};

// Decides when one account may send: attempts in flight, requests per second, bans named by the
// platform (per method), and the pause after an account fault with a probe now and then (contract
// §4). Those who must wait for a free place stand in a fair queue. Pure policy: time is an
// argument; loop thread only.
class account_gate {
public:
    using time = std::chrono::steady_clock::time_point;

    struct answer {
        bool entered = false;
        // When it may be worth asking again; absent: when woken.
        std::optional<time> not_before;
    };

    explicit account_gate(account_limits limits) : limits_(limits) {}

    // Asks for leave to send now. Who entered must call left().
    answer enter(live_redemption& who, time now);
    // An attempt ended: frees the place, obeys a ban, pauses or resumes.
    // Returns true if that changed whether the account is paused.
    bool left(const method_name& method, const attempt_outcome& outcome, time now);
    // Entered, but did not send after all: frees the place.
    void released();
    // Gives up waiting (idempotent).
    void forget(live_redemption& who);
    // New secrets: a paused account is tried again at once.
    void secrets_changed(time now);

    bool paused() const noexcept { return pause_.has_value(); }
    const std::string& why() const noexcept { return why_; }
    std::size_t in_flight() const noexcept { return in_flight_; }
    std::size_t waiting() const noexcept { return queue_.size(); }

private:
    struct pause {
        time probe_at;
        std::chrono::seconds interval;
        bool probing = false;
    };

    std::optional<time> closed_until(const method_name& method, time now);
    std::optional<time> next_token(time now);
    void wake_next();
    bool apply_health(const attempt_outcome& outcome, time now);

    account_limits limits_;
    std::size_t in_flight_ = 0;
    double tokens_ = 1;
    time refilled_{};
    std::map<method_name, time> bans_;
    std::optional<pause> pause_;
    std::string why_;
    std::deque<live_redemption*> queue_;
};

}  // namespace gateway::redemption
