#include "redemption/rules/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using sign = circuit_breaker::sign;
using time = circuit_breaker::time;

constexpr breaker_limits three{.faults = 3, .pause = seconds(1), .longest_pause = seconds(5)};
constexpr time start{seconds(1000)};

struct run_row {
    const char* name;
    std::vector<sign> ends;
    breaker_state becomes;
};

TEST(CircuitBreaker, OpensOnARunOfTransportFaultsOnly) {
    const run_row rows[] = {
        {"nothing yet", {}, breaker_state::closed},
        {"too few", {sign::fault, sign::fault}, breaker_state::closed},
        {"a run", {sign::fault, sign::fault, sign::fault}, breaker_state::open},
        {"an answer between",
         {sign::fault, sign::fault, sign::answered, sign::fault, sign::fault},
         breaker_state::closed},
        {"what never reached the host between",
         {sign::fault, sign::nothing, sign::fault, sign::nothing, sign::fault},
         breaker_state::open},
        {"only answers", {20, sign::answered}, breaker_state::closed},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        circuit_breaker breaker(three);
        for (const auto end : row.ends) {
            EXPECT_TRUE(breaker.lets_through(start));
            breaker.on_call_finished(end, false, start);
        }
        EXPECT_EQ(breaker.state(), row.becomes);
        EXPECT_EQ(breaker.lets_through(start), row.becomes == breaker_state::closed);
    }
}

circuit_breaker opened() {
    circuit_breaker breaker(three);
    for (int i = 0; i < 3; ++i) {
        breaker.on_call_finished(sign::fault, false, start);
    }
    return breaker;
}

TEST(CircuitBreaker, LetsOneProbeThroughAfterItsPause) {
    auto breaker = opened();
    EXPECT_EQ(breaker.probe_at(), start + seconds(1));
    EXPECT_FALSE(breaker.lets_through(start + milliseconds(999)));
    EXPECT_TRUE(breaker.lets_through(start + seconds(1)));
    breaker.begin_probe();
    EXPECT_FALSE(breaker.lets_through(start + seconds(60)));
}

TEST(CircuitBreaker, AHostThatAsksToBeLeftAloneIsLeftAlone) {
    circuit_breaker breaker(three);
    breaker.on_call_finished(sign::fault, false, start);
    breaker.hold(seconds(30), start);
    EXPECT_EQ(breaker.state(), breaker_state::open) << "one such answer is enough";
    EXPECT_EQ(breaker.probe_at(), start + seconds(30));
    breaker.hold(seconds(10), start + seconds(1));
    EXPECT_EQ(breaker.probe_at(), start + seconds(30)) << "the longest counts";
    breaker.begin_probe();
    breaker.on_call_finished(sign::fault, true, start + seconds(30));
    breaker.hold(seconds(3600 * 24), start + seconds(30));
    EXPECT_EQ(breaker.probe_at(), start + seconds(30) + longest_hold) << "but not for ever";
    breaker.probe_now(start + seconds(31));
    EXPECT_TRUE(breaker.lets_through(start + seconds(31)));
    breaker.begin_probe();
    breaker.on_call_finished(sign::answered, true, start + seconds(31));
    EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST(CircuitBreaker, AnAnsweredProbeDoesNotEndWhatAnotherCallWasAskedMeanwhile) {
    auto breaker = opened();
    breaker.begin_probe();
    breaker.hold(seconds(30), start + seconds(1));
    EXPECT_EQ(breaker.state(), breaker_state::probing);
    breaker.on_call_finished(sign::answered, true, start + seconds(2));
    EXPECT_EQ(breaker.state(), breaker_state::open);
    EXPECT_EQ(breaker.probe_at(), start + seconds(31));
}

TEST(CircuitBreaker, KnowsHowManyFaultsOpenIt) {
    circuit_breaker breaker(three);
    EXPECT_EQ(breaker.faults_missing(), 3U);
    breaker.on_call_finished(sign::answered, false, start);
    breaker.on_call_finished(sign::fault, false, start);
    breaker.on_call_finished(sign::nothing, false, start);
    EXPECT_EQ(breaker.faults_missing(), 2U);
    breaker.on_call_finished(sign::fault, false, start);
    EXPECT_EQ(breaker.faults_missing(), 1U);
    breaker.on_call_finished(sign::fault, false, start);
    EXPECT_EQ(breaker.faults_missing(), 1U) << "a probe";
}

TEST(CircuitBreaker, PausesTwiceAsLongAfterEachProbeThatFails) {
    auto breaker = opened();
    auto now = start;
    for (const auto pause : {1, 2, 4, 5, 5}) {
        EXPECT_EQ(breaker.probe_at() - now, seconds(pause));
        now = breaker.probe_at();
        breaker.begin_probe();
        breaker.on_call_finished(sign::fault, true, now);
        EXPECT_EQ(breaker.state(), breaker_state::open);
    }
}

TEST(CircuitBreaker, ClosesOnAnAnsweredProbeAndStartsFromTheFirstPause) {
    auto breaker = opened();
    breaker.begin_probe();
    breaker.on_call_finished(sign::fault, true, start);
    breaker.begin_probe();
    breaker.on_call_finished(sign::answered, true, start);
    EXPECT_EQ(breaker.state(), breaker_state::closed);
    EXPECT_EQ(breaker.faults(), 0U);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(breaker.lets_through(start));
        breaker.on_call_finished(sign::fault, false, start);
    }
    EXPECT_EQ(breaker.probe_at(), start + seconds(1));
}

TEST(CircuitBreaker, IgnoresWhatWasUnderWayWhenItOpened) {
    for (const auto end : {sign::answered, sign::fault, sign::nothing}) {
        auto breaker = opened();
        breaker.on_call_finished(end, false, start + seconds(9));
        EXPECT_EQ(breaker.state(), breaker_state::open);
        EXPECT_EQ(breaker.probe_at(), start + seconds(1));
        breaker.begin_probe();
        breaker.on_call_finished(end, false, start + seconds(9));
        EXPECT_EQ(breaker.state(), breaker_state::probing);
    }
}

TEST(CircuitBreaker, LetsTheNextOneProbeAfterOneThatGotNowhere) {
    auto breaker = opened();
    breaker.begin_probe();
    breaker.on_call_finished(sign::nothing, true, start + seconds(1));
    EXPECT_TRUE(breaker.lets_through(start + seconds(1)));
}

}  // namespace
}  // namespace gateway::redemption
