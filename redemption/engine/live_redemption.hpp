#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/wait_list.hpp"
#include "redemption/service.hpp"

namespace gateway::redemption {

// What an operator decided about a redemption that is still being driven.
struct operator_word {
    state to = state::succeeded;
    std::string note;
    std::string who;
};

// Why a wish was not taken up; everybody attached to it gets the same.
using refusal = std::variant<key_reused, natural_key_in_use, total_falls, unavailable>;

// One redemption at work in this process. Shared by the coroutine that drives it and the callers
// attached to it; changed by the former only (an operator leaves a word). Loop thread only.
struct live_redemption {
    explicit live_redemption(record of) : what(std::move(of)) {}

    record what;              // as it is durable, except that the end of an attempt shows late
    bool accepted = false;    // durable: a caller may be told about it
    std::size_t callers = 0;  // waiting for it now
    // Every caller was told that the journal had not taken it: it must not be sent any more.
    bool withdrawn = false;
    // The work has ended for now: a durable answer or unknown state, a refusal, or parked while
    // draining.
    bool ended = false;
    bool replayed = false;  // what ended it was there before
    std::optional<refusal> refused;
    std::optional<operator_word> word;

    std::chrono::steady_clock::time_point not_before{};  // backoff or ban
    // When its account's gate may let it start, as far as could be told when it asked.
    std::chrono::steady_clock::time_point starts_about{};
    std::chrono::steady_clock::time_point entered_at{};  // the gate, last time
    std::uint64_t arrival = 0;                           // at the gate; the first has 1
    bool retried_once = false;                           // its last attempt ended with `retry_once`
    bool has_permit = false;  // of its account, for the attempt under way
    bool in_flight = false;   // has passed its account's gate; until its end is durable
    bool in_queue = false;    // has asked its account's gate and stands before it
    bool waits = false;       // counted among those that wait at its account
    bool in_line = false;     // counted among those that will want a call of it
    bool probe = false;       // its attempt probes an open breaker

    std::vector<std::string> lines;  // of the order gate in which it stands
    std::uint64_t turn = 0;          // in order of arrival there
    bool leads = false;              // its turn has come

    base::wait_list changed;  // for callers: `ended`
    base::wait_list wake;     // for the driver: its turn may have come
};

}  // namespace gateway::redemption
