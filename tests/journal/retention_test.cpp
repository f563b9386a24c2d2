#include "tests/journal/contract_fixture.hpp"

// remove_final_before(): final redemptions are removed in small steps, the others never.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;

class JournalRetention : public journal_contract {
protected:
    std::size_t remove(std::int64_t before, std::size_t at_most) {
        auto removed = loop.await(journal->remove_final_before(at(before), at_most));
        EXPECT_EQ(reason_of(removed), "");
        return removed ? *removed : 0;
    }
    bool holds(int n) {
        auto found = loop.await(journal->find(id_of(n)));
        return found && found->has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalRetention, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalRetention, RemovesFinalOnesOnly) {
    const std::pair<state, bool> rows[] = {
        {state::pending, true},
        {state::succeeded, false},
        {state::rejected, false},
        {state::failed, false},
        {state::unknown, true},
    };
    int n = 0;
    for (const auto& [in_state, stays] : rows) {
        put(wish(++n), in_state);
    }
    EXPECT_EQ(remove(1'000'000'000, 100), 3u);
    n = 0;
    for (const auto& [in_state, stays] : rows) {
        SCOPED_TRACE(to_string(in_state));
        EXPECT_EQ(holds(++n), stays);
    }
}

TEST_P(JournalRetention, CountsFromTheLastChange) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    ASSERT_EQ(settle(settlement_to(id_of(1), state::succeeded, 50'000)), "");
    EXPECT_EQ(remove(50'000, 100), 0u);
    EXPECT_TRUE(holds(1));
    EXPECT_EQ(remove(50'001, 100), 1u);
    EXPECT_FALSE(holds(1));
}

TEST_P(JournalRetention, KnowsTheNewestChange) {
    EXPECT_EQ(*loop.await(journal->newest_change()), std::nullopt);
    put(wish(1), state::pending);
    const auto accepted = *loop.await(journal->newest_change());
    ASSERT_TRUE(accepted);
    EXPECT_EQ(*accepted, wish(1).created_at);
    ASSERT_EQ(settle(settlement_to(id_of(1), state::succeeded, 90'000)), "");
    EXPECT_EQ(*loop.await(journal->newest_change()), at(90'000));
}

TEST_P(JournalRetention, TakesTheOldestFirstInSteps) {
    for (int n = 1; n <= 5; ++n) {
        ASSERT_TRUE(is_accepted(accept(wish(n))));
        ASSERT_EQ(settle(settlement_to(id_of(n), state::succeeded, 10'000 - n)), "");
    }
    EXPECT_EQ(remove(1'000'000, 2), 2u);
    EXPECT_FALSE(holds(5));
    EXPECT_FALSE(holds(4));
    EXPECT_TRUE(holds(3));
    EXPECT_EQ(remove(1'000'000, 2), 2u);
    EXPECT_EQ(remove(1'000'000, 2), 1u);
    EXPECT_EQ(remove(1'000'000, 2), 0u);
}

TEST_P(JournalRetention, FreesTheKeysButKeepsTheTotals) {
    const record r = wish(1);
    ASSERT_TRUE(is_accepted(accept(r, started_attempt(1, 1))));
    settlement done = settlement_to(r.id, state::succeeded, 2000);
    done.confirmed = r.totals;
    done.history = history_entry{at(1), "ann", "resolve", "", std::nullopt, std::nullopt};
    ASSERT_EQ(settle(done), "");
    ASSERT_EQ(remove(1'000'000, 10), 1u);
    EXPECT_EQ(confirmed(r, "subject-1-b"), 5);
    record anew = r;
    anew.totals = {{"subject-1-b", 5}};
    EXPECT_TRUE(is_accepted(accept(anew)));
    EXPECT_EQ(text_of(find(r.id)), text_of(anew)) << "nothing of the removed one is left";
}

// The times of a row may be those of a clock that was wrong for a minute.
class RetentionAndClocks : public sqlite_test {
protected:
    using days = std::chrono::duration<int, std::ratio<86'400>>;

    void put_at(int n, days from_now) {
        record r = wish(n);
        r.created_at = now + from_now;
        r.updated_at = r.created_at;
        ASSERT_TRUE(is_accepted(loop.await(journal->accept(r, std::nullopt))));
        auto done = settlement_to(r.id, state::succeeded, 0);
        done.at = r.created_at;
        ASSERT_EQ(reason_of(loop.await(journal->settle(done))), "");
    }
    std::size_t remove() { return *loop.await(journal->remove_final_before(now - days(90), 10)); }
    bool holds(int n) { return loop.await(journal->find(id_of(n)))->has_value(); }

    std::unique_ptr<managed_journal> journal = open();
    const time_point now = loop.time().wall_now();
};

TEST_F(RetentionAndClocks, KeepARowThatCameAfterAYoungerOne) {
    put_at(1, days(-200));
    put_at(2, days(-1));
    put_at(3, days(-100));
    EXPECT_EQ(remove(), 1U);
    EXPECT_FALSE(holds(1));
    EXPECT_TRUE(holds(3)) << "it came after one of yesterday";
}

TEST_F(RetentionAndClocks, AreNotHeldUpByARowOfTheFuture) {
    put_at(1, days(5000));
    put_at(2, days(-100));
    EXPECT_EQ(remove(), 1U);
    EXPECT_FALSE(holds(2));
}

}  // namespace
}  // namespace gateway::journal::testing
