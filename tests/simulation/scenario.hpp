#pragma once

#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "redemption/service.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/journal_store.hpp"
#include "tests/simulation/random_source.hpp"
#include "tests/simulation/swarm.hpp"
#include "tests/support/virtual_time.hpp"

namespace gateway::simulation {

// The three methods that the product has, by what they can do; a ticket is order.verify without a
// running total.
enum class kind : std::uint8_t { voucher, total, ticket, eticket };

// One body that a caller sends, and the ledger of its effects at the platform.
struct wish {
    std::size_t number = 0;
    kind what = kind::voucher;
    std::size_t tracked = 0;
    std::size_t account = 0;  // which slot
    std::size_t group = 0;    // of wishes that share a natural key
    std::optional<redemption::natural_key> natural;
    std::vector<redemption::order_key> orders;
    std::size_t order = 0;  // the platform's, whatever it is called
    std::int64_t total = 0;
    redemption::fingerprint body{};
    std::chrono::seconds lifetime{60};

    int effects = 0;
    int executes_later = 0;  // effects that the platform has taken in and not made yet
    int on_way = 0;          // requests that left a process and have not reached the platform
    std::string doubt_at;    // the app at which it is in doubt
    bool in_doubt = false;   // an attempt may have had an effect that the gateway did not hear of

    bool replay_safe() const { return what != kind::ticket; }
};

// One Idempotency-Key of one caller, and the answers to its requests.
struct tracked_key {
    redemption::idempotency_key key;
    std::size_t wish = 0;
    std::optional<std::size_t> other;  // the same key with another body
    std::optional<redemption::redemption_id> id;
    std::optional<redemption::state> final_state;  // answered; succeeded or rejected
    std::string final_result;
    std::optional<base::steady_time> deadline;  // of the first attempt, on the steady clock
    bool moved = false;                         // from one process to another
    bool operated_on = false;                   // an operator's action on it may be being written
    bool maybe_taken = false;  // a call of it ended without an answer that says whether
    bool taken = false;        // the gateway was answered that the journal has it
    bool taken_now = false;    // in this process, and it has not failed since
    bool left_unsure = false;  // a caller left for good, not knowing whether it was taken
    std::size_t open_calls = 0;
    std::size_t busy_callers = 0;
    bool answered_not_taken = false;  // every caller of it was answered that nothing is sent
    bool forgotten = false;           // removed by retention
    // The ledger does not bind it any more: an operator decided on what was not so (any more).
    bool relaxed = false;
    std::vector<int> decisions;  // effects that operators saw when they decided
    std::size_t history = 0;
    base::steady_time decided_at{};  // when the last of them was found
    base::steady_time settled_at{};
};

// Everything that outlives a process of the gateway in one run.
struct scenario {
    scenario(std::uint64_t seed, const std::function<void(swarm&)>& change)
        : random(seed), settings(drawn(random, change)), outside(timeline, random.bits()) {}

    static swarm drawn(random_source& from, const std::function<void(swarm&)>& change) {
        swarm made(from);
        if (change) {
            change(made);
        }
        return made;
    }

    // Several processes work on the store.
    bool shared() const { return settings.processes > 1; }
    template <class... Text>
    void note(const char* who, const Text&... what) {
        if (!tracing) {
            return;
        }
        std::string text;
        (append(text, what), ...);
        char head[64];
        const auto since = timeline.now() - support::timeline::start;
        std::snprintf(
            head, sizeof head, "%12.6f  %-9s ", std::chrono::duration<double>(since).count(), who
        );
        trace.push_back(head + text);
    }
    template <class T>
    static void append(std::string& to, const T& what) {
        if constexpr (std::is_integral_v<T>) {
            to += std::to_string(what);
        } else {
            to += what;
        }
    }
    // The first invariant that breaks ends the run.
    template <class... Text>
    void broke(const Text&... what) {
        if (broken) {
            return;
        }
        broken.emplace();
        (append(*broken, what), ...);
        note("BROKEN", *broken);
    }
    std::chrono::milliseconds up_to(std::chrono::milliseconds most) {
        return std::chrono::milliseconds(random.below(static_cast<std::uint64_t>(most.count()) + 1)
        );
    }
    // Runs it in the world outside of the gateway, which no crash touches.
    template <class Then>
    void later(std::chrono::milliseconds pause, Then then) {
        std::shared_ptr<base::timer> timer = outside.make_timer();
        auto& started = *timer;
        started.start(
            timeline.now() + pause,
            [timer = std::move(timer), then = std::move(then)]() mutable { then(); }
        );
    }

    random_source random;
    const swarm settings;
    support::timeline timeline;
    support::virtual_time outside;
    journal_store store;
    coverage reached;
    std::deque<wish> wishes;
    std::deque<tracked_key> tracked_keys;
    // The configured name of the caller of all keys, and its earlier names.
    redemption::caller_name caller{"pos"};
    std::vector<redemption::caller_name> formerly;
    std::chrono::milliseconds wall_offset{0};
    bool wall_moved = false;
    bool trouble = true;  // faults exist
    base::steady_time database_down_until{};
    bool tracing = false;
    std::vector<std::string> trace;
    std::optional<std::string> broken;
};

}  // namespace gateway::simulation
