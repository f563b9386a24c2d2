#include "redemption/rules/settlement.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;

// The wall clock may be set back at any time; no time that is written is before the one it follows.
time_point changed_at(const record& what, time_point now) {
    return std::max(now, what.created_at);
}

// Actions of operators stand in the order of their times, and no two of them have the same.
time_point acted_at(const record& what, time_point now) {
    return what.history.empty() ? now : std::max(now, what.history.back().at + milliseconds(1));
}

time_point finished_at(const attempt& started, time_point now) {
    return std::max(now, started.started_at);
}

settlement end_of(const record& what, state becomes, error_info error, time_point now) {
    settlement end;
    end.id = what.id;
    end.state = becomes;
    end.at = changed_at(what, now);
    end.error = std::move(error);
    return end;
}

attempt ended_attempt(const attempt& started, const attempt_outcome& outcome, time_point now) {
    attempt ended = started;
    ended.finished_at = finished_at(started, now);
    ended.phase = outcome.phase;
    ended.verdict = outcome.verdict;
    ended.said = outcome.said;
    ended.detail = outcome.detail;
    return ended;
}

error_info error_of(const attempt_outcome& outcome, std::optional<state> becomes) {
    error_info error{.source = outcome.source, .detail = outcome.detail, .said = outcome.said};
    if (becomes == state::unknown && outcome.verdict == verdict::refused) {
        error.detail +=
            base::fixed_text("; an earlier attempt may have been executed and caused this answer");
    }
    return error;
}

std::optional<error_info> said_by_operator(state to) {
    error_info error;
    error.source = error_source::operators;
    if (to == state::rejected) {
        error.detail =
            "an operator decided that it was not redeemed; the same key does not start over";
        return error;
    }
    if (to == state::failed) {
        error.detail = "an operator decided that it was not redeemed; the same key may start over";
        return error;
    }
    return std::nullopt;
}

void add_obstacle(error_info& error, const base::redacted_text& obstacle) {
    if (!obstacle.empty()) {
        error.detail += base::fixed_text("; ") + obstacle;
    }
}

}  // namespace

void apply(record& what, const settlement& settled) {
    if (settled.ended) {
        const auto number = settled.ended->number;
        const auto at =
            std::find_if(what.attempts.rbegin(), what.attempts.rend(), [number](const attempt& a) {
                return a.number == number;
            });
        if (at != what.attempts.rend()) {
            *at = *settled.ended;
        }
    }
    what.state = settled.state;
    what.updated_at = settled.at;
    what.expires_at = settled.expires_at.value_or(what.expires_at);
    if (!settled.result.empty()) {
        what.result = settled.result;
    }
    what.error = settled.error;
    if (settled.history) {
        what.history.push_back(*settled.history);
    }
}

attempt next_attempt(const record& what, time_point now) {
    attempt next;
    next.number = what.attempts.empty() ? 1U : what.attempts.back().number + 1;
    next.started_at = now;
    if (const auto* decision = decided_failed(what)) {
        next.started_at = std::max(now, decision->at);  // not one of those it speaks of
    }
    return next;
}

record started_over(
    record what, platform_identity identity, std::chrono::milliseconds lifetime, time_point now
) {
    what.identity = std::move(identity);
    what.state = state::pending;
    what.updated_at = changed_at(what, now);
    what.lifetime = lifetime;
    what.expires_at = now + lifetime;
    what.error.reset();
    what.result.clear();
    return what;
}

settlement end_of_attempt(
    const record& what, const attempt_outcome& outcome, std::optional<state> becomes, time_point now
) {
    settlement end;
    end.id = what.id;
    end.ended = ended_attempt(what.attempts.back(), outcome, now);
    end.state = becomes.value_or(state::pending);
    end.at = changed_at(what, now);
    end.result = outcome.result;
    end.ban = outcome.ban;
    end.ban_doubted = outcome.ban && outcome.ban_doubted;
    if (end.state == state::succeeded) {
        end.confirmed = what.totals;
    } else {
        end.error = error_of(outcome, becomes);
    }
    return end;
}

settlement never_sent(const record& what, const attempt& begun, time_point now) {
    attempt_outcome outcome;
    outcome.phase = phase::not_sent;
    outcome.verdict = verdict::not_executed;
    outcome.source = error_source::gateway;
    outcome.detail = "its start was not confirmed in time, so it was not sent";
    auto end = end_of(what, state::pending, error_of(outcome, std::nullopt), now);
    end.ended = ended_attempt(begun, outcome, now);
    return end;
}

settlement expired(
    const record& what, state becomes, const base::redacted_text& obstacle, time_point now
) {
    auto error = what.error.value_or(error_info{});
    error.detail = "the redemption expired before it could be sent";
    if (what.error) {
        error.detail =
            base::fixed_text("gave up when the redemption expired; last: ") + what.error->detail;
    }
    add_obstacle(error, obstacle);
    return end_of(what, becomes, std::move(error), now);
}

settlement orphan_expired(const record& what, state becomes, time_point now) {
    auto error = what.error.value_or(error_info{});
    error.detail = "the redemption expired while its account was not configured";
    if (what.error) {
        error.detail += base::fixed_text("; last: ") + what.error->detail;
    }
    return end_of(what, becomes, std::move(error), now);
}

settlement shut_out(
    const record& what, state becomes, const base::redacted_text& obstacle, time_point now
) {
    auto error = what.error.value_or(error_info{});
    error.detail =
        "the platform's ban of this method, or the breaker's pause, lasts until after "
        "the redemption expires";
    if (what.error) {
        error.detail += base::fixed_text("; last: ") + what.error->detail;
    }
    add_obstacle(error, obstacle);
    return end_of(what, becomes, std::move(error), now);
}

base::redacted_text text_of(const total_would_fall& higher) {
    auto text =
        base::fixed_text("the total would fall: ") + base::redacted_text::number(higher.confirmed);
    text += higher.in_doubt ? base::fixed_text(" may have been executed for this order and code")
                            : base::fixed_text(" was confirmed for this order and code");
    if (higher.by) {
        text += base::fixed_text(" by redemption ") + *higher.by;
    }
    return text;
}

settlement overtaken(const record& what, const total_would_fall& higher, time_point now) {
    error_info error;
    error.source = error_source::caller;
    error.kind = error_kind::total_would_fall;
    error.detail = text_of(higher);
    const auto becomes = has_ambiguous_attempt(what) ? state::unknown : state::failed;
    return end_of(what, becomes, std::move(error), now);
}

settlement app_changed(const record& what, time_point now) {
    error_info error;
    error.source = error_source::gateway;
    const bool in_doubt = has_ambiguous_attempt(what);
    if (in_doubt) {
        error.detail =
            "its account has another app now; the one before may have executed it, so it is not "
            "sent to this one";
    } else {
        error.detail =
            "its account has another app now, and the one before has not executed it; the same "
            "request with the same key goes to the app of now";
    }
    return end_of(what, in_doubt ? state::unknown : state::failed, std::move(error), now);
}

settlement resolved(const record& what, history_entry said) {
    settlement end;
    end.id = what.id;
    end.state = *said.to;
    if (end.state == state::succeeded) {
        end.confirmed = what.totals;
    }
    said.at = acted_at(what, said.at);
    if (is_final(what.state)) {
        end.at = what.updated_at;
        end.error = what.error;
    } else {
        // Later than each attempt that it speaks of: those that follow a start over are not.
        said.at = changed_at(what, said.at);
        if (!what.attempts.empty()) {
            said.at = std::max(said.at, what.attempts.back().started_at + milliseconds(1));
        }
        end.at = said.at;
        end.error = said_by_operator(end.state);
    }
    end.history = std::move(said);
    return end;
}

settlement retried(const record& what, history_entry said) {
    settlement again;
    again.id = what.id;
    again.state = state::pending;
    again.expires_at = said.at + what.lifetime;
    said.at = acted_at(what, said.at);
    again.at = changed_at(what, said.at);
    again.error = what.error;
    again.history = std::move(said);
    return again;
}

settlement after_a_crash(const record& what, time_point now) {
    error_info error;
    error.source = error_source::gateway;
    error.detail =
        "the gateway stopped during, or lost track of, an attempt that may have been executed";
    const auto becomes = what.replay_safe ? state::pending : state::unknown;
    auto end = end_of(what, becomes, std::move(error), now);
    end.ended = what.attempts.back();
    end.ended->finished_at = finished_at(*end.ended, now);
    end.ended->phase = phase::maybe_sent;
    end.ended->verdict = verdict::ambiguous;
    end.ended->detail =
        base::fixed_text("the gateway stopped during, or lost track of, this attempt");
    return end;
}

}  // namespace gateway::redemption
