// The tables of docs/redemption-rules.md, Phases and verdicts, row by row.
#include "redemption/rules/next_step.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::steady_clock::time_point now{std::chrono::milliseconds{1'000'000'000}};
constexpr auto later = now + seconds(60);

attempt_outcome outcome_of(verdict v) {
    attempt_outcome outcome;
    outcome.phase = phase::answered;
    outcome.verdict = v;
    return outcome;
}

struct row {
    const char* name;
    progress at;
    attempt_outcome outcome;
    std::optional<state> becomes;
};

attempt_outcome banned(milliseconds ban) {
    auto outcome = outcome_of(verdict::not_executed);
    outcome.ban = ban;
    return outcome;
}

attempt_outcome limited(milliseconds guess) {
    auto outcome = banned(guess);
    outcome.ban_guessed = true;
    return outcome;
}

attempt_outcome skewed() {
    auto outcome = outcome_of(verdict::not_executed);
    outcome.retry_once = true;
    return outcome;
}

attempt_outcome account_fault() {
    auto outcome = outcome_of(verdict::not_executed);
    outcome.stops = fault_scope::account;
    return outcome;
}

progress fresh(bool replay_safe) {
    return {.replay_safe = replay_safe, .attempts = 1, .deadline = later};
}

progress doubtful(bool replay_safe) {
    return {.replay_safe = replay_safe, .ambiguous_before = true, .attempts = 2, .deadline = later};
}

progress out_of_time(progress at) {
    at.deadline = now;
    return at;
}

progress skewed_before(progress at) {
    at.retried_once_before = true;
    return at;
}

const row rows[] = {
    {"executed succeeds", fresh(false), outcome_of(verdict::executed), state::succeeded},
    {"executed succeeds after doubt",
     doubtful(true),
     outcome_of(verdict::executed),
     state::succeeded},
    {"executed succeeds past expiry",
     out_of_time(fresh(true)),
     outcome_of(verdict::executed),
     state::succeeded},
    {"refused is rejected", fresh(true), outcome_of(verdict::refused), state::rejected},
    {"a no does not speak for an earlier attempt",
     doubtful(true),
     outcome_of(verdict::refused),
     state::unknown},
    {"a no does not speak for an earlier attempt that an operator had sent again",
     doubtful(false),
     outcome_of(verdict::refused),
     state::unknown},
    {"a no past expiry does not either",
     out_of_time(doubtful(true)),
     outcome_of(verdict::refused),
     state::unknown},
    {"not executed goes on", fresh(false), outcome_of(verdict::not_executed), std::nullopt},
    {"not executed out of time fails",
     out_of_time(fresh(true)),
     outcome_of(verdict::not_executed),
     state::failed},
    {"not executed out of time goes on after doubt if replay-safe",
     out_of_time(doubtful(true)),
     outcome_of(verdict::not_executed),
     std::nullopt},
    {"not executed out of time is unknown after doubt if not replay-safe",
     out_of_time(doubtful(false)),
     outcome_of(verdict::not_executed),
     state::unknown},
    {"a ban that fits is waited for", fresh(false), banned(seconds(30)), std::nullopt},
    {"a ban past the expiry fails at once", fresh(false), banned(seconds(90)), state::failed},
    {"a ban past the expiry is obeyed after doubt",
     doubtful(true),
     banned(seconds(90)),
     std::nullopt},
    {"time skew goes on once", fresh(false), skewed(), std::nullopt},
    {"time skew twice fails", skewed_before(fresh(false)), skewed(), state::failed},
    {"an account fault waits", fresh(false), account_fault(), std::nullopt},
    {"ambiguous and not replay-safe is unknown at once",
     fresh(false),
     outcome_of(verdict::ambiguous),
     state::unknown},
    {"ambiguous and replay-safe goes on", fresh(true), outcome_of(verdict::ambiguous), std::nullopt
    },
    {"ambiguous and replay-safe goes on past expiry",
     out_of_time(fresh(true)),
     outcome_of(verdict::ambiguous),
     std::nullopt},
};

TEST(NextStep, FollowsTheTable) {
    for (const auto& r : rows) {
        SCOPED_TRACE(r.name);
        for (const double chance : {0.0, 0.5, 0.999}) {
            const auto next = after_attempt(r.at, r.outcome, now, chance);
            EXPECT_EQ(next.to, r.becomes);
        }
    }
}

TEST(NextStep, ObeysABanToTheMillisecond) {
    EXPECT_EQ(after_attempt(fresh(true), banned(seconds(41)), now, 0.1).delay, seconds(41));
    EXPECT_GE(after_attempt(doubtful(true), banned(seconds(90)), now, 0.1).delay, seconds(90));
}

TEST(NextStep, BacksOffFromALimitOfUnnamedLength) {
    auto at = fresh(true);
    at.deadline = now + std::chrono::hours(24);
    const auto delay = [&](std::uint32_t attempts, milliseconds guess, double chance) {
        at.attempts = attempts;
        return after_attempt(at, limited(guess), now, chance).delay;
    };
    EXPECT_EQ(delay(1, seconds(1), 0.9), seconds(1)) << "never less than the guess";
    EXPECT_EQ(delay(5, seconds(1), 0.5), seconds(4)) << "growing";
    EXPECT_EQ(delay(5, seconds(1), 0.75), seconds(6)) << "with jitter";
    EXPECT_EQ(delay(40, seconds(1), 0.5), seconds(15)) << "up to its cap";
    EXPECT_EQ(delay(9, seconds(60), 0.9), seconds(60));
    for (std::uint32_t attempts = 1; attempts < 40; ++attempts) {
        at.attempts = attempts;
        EXPECT_EQ(after_attempt(at, banned(seconds(3)), now, 0.999).delay, seconds(3))
            << "a named one is obeyed as it is";
    }
}

TEST(NextStep, BacksOffWithoutABan) {
    auto at = fresh(true);
    at.attempts = 6;
    EXPECT_EQ(after_attempt(at, outcome_of(verdict::not_executed), now, 0.5).delay, seconds(8));
}

TEST(NextStep, NothingButTimeAndProofMakesFailed) {
    EXPECT_EQ(at_expiry(fresh(true)), state::failed);
    EXPECT_EQ(at_expiry(fresh(false)), state::failed);
    EXPECT_EQ(at_expiry(doubtful(true)), std::nullopt);
    EXPECT_EQ(at_expiry(doubtful(false)), state::unknown);
}

TEST(Backoff, GrowsWithFullJitterUpToItsCap) {
    constexpr milliseconds cap = std::chrono::minutes(5);
    EXPECT_EQ(backoff(1, cap, 0.5), milliseconds(250));
    EXPECT_EQ(backoff(2, cap, 0.5), milliseconds(500));
    EXPECT_EQ(backoff(5, cap, 0.5), milliseconds(4000));
    EXPECT_EQ(backoff(40, cap, 0.5), cap / 2);
    EXPECT_EQ(backoff(4'000'000'000U, cap, 0.0), milliseconds(50));
    for (std::uint32_t attempts = 1; attempts < 64; ++attempts) {
        EXPECT_LT(backoff(attempts, cap, 0.9999), cap);
    }
}

}  // namespace
}  // namespace gateway::redemption
