#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway::simulation {

// Rare states that a run can reach. A state that is never reached has lost its coverage.
enum class seen : std::uint8_t {
    crash,
    crash_in_attempt,
    crash_before_answer,  // what the journal had taken was not answered yet
    doubt_found_by_next_start,
    doubt_gone_with_crash,
    doubt_written_over,
    answered_doubt_found_by_next_start,
    acceptance_pending,
    sent_though_all_left,  // after acceptance_pending
    drain,
    parked,
    aliases_merged,
    start_held_for_alias,
    started_over,
    natural_key_in_use,
    total_would_fall,
    total_overtaken,
    unknown_by_ambiguous,
    unknown_by_refusal,
    unknown_by_restart,
    resolved,
    resolve_raced_by_answer,
    operators_collided,
    retried_by_operator,
    breaker_opened,
    breaker_closed,
    account_paused,
    account_resumed,
    method_paused,
    method_resumed,
    probe_met_new_secrets,
    ban_named,
    ban_doubted,
    ban_tried,
    ban_persisted,
    key_reused,
    replayed,
    hung_up,
    expired,
    executed_late,
    already_sent,
    saturated,
    settlement_held,
    attempt_threw,
    wall_jumped,
    wall_far_ahead,
    wall_jumped_at_start,
    account_renamed,
    caller_renamed,
    app_changed,
    two_names_of_one_app,
    account_left,
    account_left_for_good,
    failed_for_good,
    orphan_resolved,
    foreign_host_answered,
    host_asks_to_wait,
    killed_while_hanging,
    hang_found_by_next_start,
    repeated_resolution,
    tried_now,
    forgotten_by_retention,
    many_attempts,  // five of one redemption
    taken_over,
    ended_without_work,
    dispossessed,
    not_ours,
    not_its_turn,
    turn_seen,
    end_seen_elsewhere,
    late_news_told,
    late_news_too_early,
    late_news_settled,
    word_left,
    share_wanted,
    database_lost,
    stood_still_shortly,
    stood_still_past_lease,
    lease_over_before_send,
    crash_beside_others,
    repeated_after_take_over,
    last_
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(seen::last_)> seen_names{
    "crash",
    "crash_in_attempt",
    "crash_before_answer",
    "doubt_found_by_next_start",
    "doubt_gone_with_crash",
    "doubt_written_over",
    "answered_doubt_found_by_next_start",
    "acceptance_pending",
    "sent_though_all_left",
    "drain",
    "parked",
    "aliases_merged",
    "start_held_for_alias",
    "started_over",
    "natural_key_in_use",
    "total_would_fall",
    "total_overtaken",
    "unknown_by_ambiguous",
    "unknown_by_refusal",
    "unknown_by_restart",
    "resolved",
    "resolve_raced_by_answer",
    "operators_collided",
    "retried_by_operator",
    "breaker_opened",
    "breaker_closed",
    "account_paused",
    "account_resumed",
    "method_paused",
    "method_resumed",
    "probe_met_new_secrets",
    "ban_named",
    "ban_doubted",
    "ban_tried",
    "ban_persisted",
    "key_reused",
    "replayed",
    "hung_up",
    "expired",
    "executed_late",
    "already_sent",
    "saturated",
    "settlement_held",
    "attempt_threw",
    "wall_jumped",
    "wall_far_ahead",
    "wall_jumped_at_start",
    "account_renamed",
    "caller_renamed",
    "app_changed",
    "two_names_of_one_app",
    "account_left",
    "account_left_for_good",
    "failed_for_good",
    "orphan_resolved",
    "foreign_host_answered",
    "host_asks_to_wait",
    "killed_while_hanging",
    "hang_found_by_next_start",
    "repeated_resolution",
    "tried_now",
    "forgotten_by_retention",
    "many_attempts",
    "taken_over",
    "ended_without_work",
    "dispossessed",
    "not_ours",
    "not_its_turn",
    "turn_seen",
    "end_seen_elsewhere",
    "late_news_told",
    "late_news_too_early",
    "late_news_settled",
    "word_left",
    "share_wanted",
    "database_lost",
    "stood_still_shortly",
    "stood_still_past_lease",
    "lease_over_before_send",
    "crash_beside_others",
    "repeated_after_take_over",
};

// From here on they need several processes.
inline constexpr auto first_of_several = static_cast<std::size_t>(seen::taken_over);

struct coverage {
    std::array<std::uint64_t, static_cast<std::size_t>(seen::last_)> counts{};
    std::uint64_t steps = 0;
    std::uint64_t attempts = 0;

    void count(seen what) { ++counts[static_cast<std::size_t>(what)]; }
    void add(const coverage& other) {
        for (std::size_t i = 0; i < counts.size(); ++i) {
            counts[i] += other.counts[i];
        }
        steps += other.steps;
        attempts += other.attempts;
    }
};

}  // namespace gateway::simulation
