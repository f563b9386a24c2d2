// docs/redemption-rules.md, Running totals: one below a confirmed total is never sent, however that
// came about.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using testing::core_world;
using testing::outcome;
using testing::record_of;

struct EngineTotals : ::testing::Test {
    submission with_total(const char* key, std::int64_t total, bool replay_safe = true) const {
        auto wish = world.wish(key, replay_safe, "{\"total\":" + std::to_string(total) + "}");
        wish.terms.orders = {order_key("order_id:1")};
        wish.terms.totals = {{.subject = "code", .total = total}};
        return wish;
    }
    void expect_overtaken(const record& what, state ends) {
        EXPECT_EQ(what.state, ends);
        ASSERT_TRUE(what.error);
        EXPECT_EQ(what.error->kind, error_kind::total_would_fall);
        EXPECT_EQ(what.error->source, error_source::caller);
        EXPECT_NE(what.error->detail.view().find("5 was confirmed"), std::string::npos);
    }

    core_world world;
};

TEST_F(EngineTotals, OvertakenWhileItWaitsForItsOrderOneFailsUnsent) {
    world.account.takes = milliseconds(20);
    world.submit(with_total("five", 5), milliseconds(0));
    const auto lower = record_of(world.submit(with_total("three", 3)));
    expect_overtaken(lower, state::failed);
    EXPECT_TRUE(lower.attempts.empty());
    EXPECT_EQ(world.account.seen.size(), 1U);
    const auto again = world.submit(with_total("three", 3));
    ASSERT_TRUE(std::holds_alternative<total_falls>(again)) << "it starts over";
    EXPECT_EQ(std::get<total_falls>(again).confirmed, 5);
    EXPECT_EQ(record_of(world.submit(with_total("same", 5))).state, state::succeeded);
}

TEST_F(EngineTotals, BelowOneThatMayHaveBeenExecutedOneIsRefusedUntilAnOperatorSaysThatItWasNot) {
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto five = record_of(world.submit(with_total("five", 5, false)));
    ASSERT_EQ(five.state, state::unknown);
    const auto refused = world.submit(with_total("three", 3));
    ASSERT_TRUE(std::holds_alternative<total_falls>(refused));
    EXPECT_EQ(std::get<total_falls>(refused).confirmed, 5);
    EXPECT_EQ(std::get<total_falls>(refused).by, five.id);
    EXPECT_TRUE(std::get<total_falls>(refused).in_doubt);
    EXPECT_EQ(record_of(world.submit(with_total("as high", 5))).state, state::succeeded);
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    const auto seven = record_of(world.submit(with_total("seven", 7, false)));
    world.run(world.core->resolve(seven.id, state::failed, "not in the app", "ops"));
    EXPECT_EQ(record_of(world.submit(with_total("six", 6))).state, state::succeeded);
    EXPECT_EQ(world.account.seen.size(), 4U);
}

TEST_F(EngineTotals, BelowOneThatMayHaveBeenExecutedOneIsNotSentByHand) {
    world.account.script = {
        outcome(phase::maybe_sent, verdict::ambiguous),
        outcome(phase::maybe_sent, verdict::ambiguous)
    };
    const auto three = record_of(world.submit(with_total("three", 3, false)));
    const auto five = record_of(world.submit(with_total("five", 5, false)));
    ASSERT_EQ(five.state, state::unknown);
    const auto outcome = world.run(world.core->retry(three.id, "again", "ops"));
    ASSERT_TRUE(std::holds_alternative<not_allowed_now>(outcome));
    EXPECT_NE(
        std::get<not_allowed_now>(outcome).detail.view().find(five.id.str()), std::string::npos
    );
    EXPECT_EQ(world.account.seen.size(), 2U);
}

// It was accepted before; then a merged order brings a total in doubt.
TEST_F(EngineTotals, OvertakenByOneThatMayHaveBeenExecutedOneFailsUnsent) {
    auto banned = outcome(phase::answered, verdict::not_executed);
    banned.ban = milliseconds(200);
    world.account.script = {banned};
    const auto waiting = record_of(world.submit(with_total("three", 3), milliseconds(50)));
    auto higher = waiting;
    higher.id = redemption_id("of a merged order");
    higher.key = idempotency_key("higher");
    higher.totals[0].total = 5;
    higher.state = state::unknown;
    world.journal.rows[higher.id] = higher;
    world.journal.in_doubt.insert(higher.id);
    const auto three = record_of(world.submit(with_total("three", 3)));
    EXPECT_EQ(three.state, state::failed);
    ASSERT_TRUE(three.error);
    EXPECT_EQ(three.error->kind, error_kind::total_would_fall);
    EXPECT_NE(three.error->detail.view().find("5 may have been executed"), std::string::npos);
    EXPECT_NE(three.error->detail.view().find(higher.id.str()), std::string::npos);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST_F(EngineTotals, OvertakenAfterAnAmbiguousAttemptOneIsUnknownAndNotSentAgain) {
    world.account.script = {outcome(phase::maybe_sent, verdict::ambiguous)};
    world.account.during = [&] {
        world.journal.totals["taobao:shop/test.redeem/code"] = 5;
    };
    expect_overtaken(record_of(world.submit(with_total("three", 3))), state::unknown);
    EXPECT_EQ(world.account.seen.size(), 1U);
}

TEST_F(EngineTotals, OvertakenOneGivesItsPermitBack) {
    world.limits = {.requests_per_second = 100'000, .in_flight = 1};
    world.restart();
    world.account.takes = milliseconds(20);
    world.submit(with_total("five", 5), milliseconds(0));
    world.submit(with_total("three", 3));
    EXPECT_EQ(world.core->accounts()[0].in_flight, 0U);
    EXPECT_EQ(world.core->accounts()[0].waiting, 0U);
    EXPECT_EQ(record_of(world.submit(with_total("six", 6))).state, state::succeeded);
}

}  // namespace
}  // namespace gateway::redemption
