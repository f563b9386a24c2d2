// Faults of an account or a method, carried out: docs/redemption-rules.md, Account faults.
#include <gtest/gtest.h>

#include "core_world.hpp"

namespace gateway::redemption::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

attempt_outcome method_fault() {
    auto fault = outcome(phase::answered, verdict::not_executed);
    fault.stops = fault_scope::method;
    fault.detail = "the platform calls the request's encoding invalid";
    return fault;
}

// Whatever the account is asked for `poison` meets the fault, and nothing else does.
void poison_content(core_world& world) {
    world.account.by_params = [](std::string_view params) {
        return params == "poison" ? std::optional(method_fault()) : std::nullopt;
    };
}

record found_now(core_world& world, const redemption_id& id) {
    const auto found =
        world.run(world.core->find(id, {.caller = caller_name("pos")}, world.waiting(seconds(0))));
    const auto* const shown = std::get_if<redemption_snapshot>(&found);
    EXPECT_TRUE(shown);
    return shown ? shown->record : record();
}

TEST(EngineFaults, ARedemptionWhoseOwnContentIsTheFaultStopsNoOther) {
    core_world world;
    poison_content(world);
    auto culprit = world.wish("culprit", true, "poison");
    const auto id = culprit.id;
    culprit.expires_in = seconds(600);
    EXPECT_EQ(record_of(world.submit(culprit, milliseconds(10))).state, state::pending);
    EXPECT_EQ(record_of(world.submit(world.wish("first"), seconds(6))).state, state::succeeded);
    for (int i = 0; i < 100; ++i) {
        const auto answer = world.submit(world.wish("key " + std::to_string(i)), milliseconds(50));
        EXPECT_EQ(record_of(answer).state, state::succeeded) << i;
        world.run_for(seconds(5));
    }
    EXPECT_EQ(world.probe.paused_methods.size(), 1U);
    EXPECT_EQ(world.probe.resumed_methods.size(), 1U);
    world.run_for(seconds(150));
    const auto ended = found_now(world, id);
    EXPECT_EQ(ended.state, state::failed) << "nobody's refusal";
    ASSERT_TRUE(ended.error);
    EXPECT_NE(ended.error->detail.view().find("encoding invalid"), std::string::npos);
}

// The one that met the fault has its words anyway; the one that was never sent is told as well.
TEST(EngineFaults, WhatExpiresBehindAPauseFailsAndSaysWhy) {
    for (const auto scope : {fault_scope::account, fault_scope::method}) {
        core_world world;
        auto fault = method_fault();
        fault.stops = scope;
        world.account.script = {fault, fault, fault};
        auto first = world.wish("first");
        first.expires_in = seconds(4);
        auto second = world.wish("second");
        second.expires_in = seconds(3);
        world.submit(first, milliseconds(10));
        const auto behind = record_of(world.submit(second, seconds(5)));
        EXPECT_EQ(behind.state, state::failed);
        EXPECT_TRUE(behind.attempts.empty());
        ASSERT_TRUE(behind.error);
        EXPECT_NE(
            behind.error->detail.view().find("paused: the platform calls the request's"), -1UL
        ) << behind.error->detail.view();
        world.run_for(seconds(2));
        const auto met = found_now(world, first.id);
        ASSERT_TRUE(met.error);
        EXPECT_NE(
            met.error->detail.view().find("gave up when the redemption expired; last: "), -1UL
        ) << met.error->detail.view();
    }
}

// Its probes alone hold a method up for half a minute at most, so that a redemption of a minute
// that comes meanwhile shows that the method works.
TEST(EngineFaults, ARedemptionThatComesWhileTheCulpritAloneProbesIsInTime) {
    core_world world;
    poison_content(world);
    auto culprit = world.wish("culprit", true, "poison");
    culprit.expires_in = seconds(24 * 3600);
    world.submit(culprit, milliseconds(10));
    world.run_for(seconds(1'000));
    EXPECT_EQ(record_of(world.submit(world.wish("key"), seconds(31))).state, state::succeeded);
    EXPECT_EQ(record_of(world.submit(world.wish("next"), seconds(1))).state, state::succeeded);
}

}  // namespace
}  // namespace gateway::redemption::testing
