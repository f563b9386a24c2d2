#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "redemption/rules/lifecycle.hpp"

// What the rows of the lifecycle's tables start with, and what happens in them.

namespace gateway::redemption::testing {

inline constexpr moment now{
    .steady = std::chrono::steady_clock::time_point(std::chrono::seconds(1'000)),
    .wall = time_point(std::chrono::seconds(1'000'000'000)),
};
inline constexpr auto lifetime = std::chrono::seconds(60);

// A redemption as a row of the table starts with it.
struct given {
    record what;
    bool retried_once = false;
    std::chrono::steady_clock::time_point deadline = now.steady + lifetime;
    bool draining = false;
    bool account_configured = true;
    bool elsewhere = false;
    std::optional<operator_resolution> resolution = std::nullopt;

    situation at_work() const {
        return {
            .record = what,
            .retried_once = retried_once,
            .deadline = deadline,
            .draining = draining,
            .account_configured = account_configured,
            .elsewhere = elsewhere,
            .resolution = resolution,
        };
    }
    given expired() const {
        given it = *this;
        it.deadline = now.steady;
        return it;
    }
    given retried_before() const {
        given it = *this;
        it.retried_once = true;
        return it;
    }
    given orphaned() const {
        given it = *this;
        it.account_configured = false;
        return it;
    }
    given lost() const {
        given it = *this;
        it.elsewhere = true;
        return it;
    }
    given drained() const {
        given it = *this;
        it.draining = true;
        return it;
    }
    given resolved_as(state to) const {
        given it = *this;
        it.resolution = operator_resolution{.to = to, .note = "seen in the app", .who = "ops"};
        return it;
    }
    given in(state now_in) const {
        given it = *this;
        it.what.state = now_in;
        return it;
    }
};

enum class replay { safe, unsafe };

inline given fresh(replay how = replay::safe) {
    given it;
    it.what.id = redemption_id("id-1");
    it.what.replay_safe = how == replay::safe;
    it.what.created_at = now.wall - std::chrono::seconds(1);
    it.what.lifetime = lifetime;
    it.what.expires_at = now.wall + lifetime;
    it.what.totals = {{.subject = "code", .total = 2}};
    return it;
}

inline attempt attempt_that(std::optional<verdict> came_to) {
    attempt made;
    made.number = 1;
    made.started_at = now.wall - std::chrono::seconds(1);
    if (came_to) {
        made.finished_at = now.wall;
        made.phase = phase::answered;
        made.verdict = came_to;
    }
    return made;
}

inline given sending(replay how = replay::safe) {
    auto it = fresh(how);
    it.what.attempts = {attempt_that(std::nullopt)};
    return it;
}

inline given in_doubt(replay how = replay::safe) {
    auto it = fresh(how);
    it.what.attempts = {attempt_that(verdict::ambiguous)};
    return it;
}

inline given sending_in_doubt(replay how = replay::safe) {
    auto it = in_doubt(how);
    it.what.attempts.push_back(attempt_that(std::nullopt));
    it.what.attempts.back().number = 2;
    return it;
}

inline lifecycle_event ended(attempt_outcome outcome) {
    return event::attempt_ended{.outcome = std::move(outcome), .chance = 0.5};
}

inline lifecycle_event ended(verdict came_to) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = came_to;
    return ended(outcome);
}

inline lifecycle_event ended_by_account_fault() {
    attempt_outcome outcome;
    outcome.stops = fault_scope::account;
    return ended(outcome);
}

inline lifecycle_event ended_by_skew() {
    attempt_outcome outcome;
    outcome.retry_once = true;
    return ended(outcome);
}

inline lifecycle_event ended_by_ban(std::chrono::seconds length) {
    attempt_outcome outcome;
    outcome.ban = length;
    return ended(outcome);
}

inline const lifecycle_event looked = event::resumed{now.steady};
inline const lifecycle_event looked_at_a_long_ban = event::resumed{now.steady + lifetime};
inline const lifecycle_event started = event::picked_up{.chance = 0.5};
inline const lifecycle_event overtaken_by_five = event::total_overtaken{5};

}  // namespace gateway::redemption::testing
