#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// restart(): a failed redemption starts over.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;

using JournalRestart = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalRestart, ::testing::ValuesIn(backends), backend_name);

record again(int n) {
    record r = wish(n);
    r.updated_at = at(100'000);
    r.lifetime = std::chrono::seconds(40);
    r.expires_at = at(140'000);
    return r;
}

TEST_P(JournalRestart, MakesAFailedOnePendingWithANewExpiryAndNoError) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected, started_attempt(1, 10))));
    settlement gave_up = settlement_to(expected.id, state::failed, 5000);
    gave_up.ended = ended_attempt(1, 10);
    gave_up.error = error_info{
        error_source::network, base::fixed_text("no connection"), {}, error_kind::total_would_fall
    };
    ASSERT_EQ(settle(gave_up), "");

    EXPECT_TRUE(is_accepted(restart(again(1), started_attempt(2, 100'000))));
    expected = again(1);
    expected.attempts = {ended_attempt(1, 10), started_attempt(2, 100'000)};
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

TEST_P(JournalRestart, LeavesOtherStatesAlone) {
    int n = 0;
    for (const state s : {state::pending, state::succeeded, state::rejected, state::unknown}) {
        SCOPED_TRACE(to_string(s));
        const record r = put(wish(++n), s);
        const std::string before = text_of(find(r.id));
        const auto outcome = restart(again(n), started_attempt(1, 100'000));
        ASSERT_TRUE(outcome);
        ASSERT_TRUE(std::holds_alternative<key_taken>(*outcome));
        EXPECT_EQ(text_of(std::get<key_taken>(*outcome).existing), before);
        EXPECT_EQ(text_of(find(r.id)), before);
    }
}

TEST_P(JournalRestart, RefusesWhenTheNaturalKeyWasTakenMeanwhile) {
    put(wish(1), state::failed);
    record other = wish(2);
    other.natural = wish(1).natural;
    ASSERT_TRUE(is_accepted(accept(other)));
    const auto outcome = restart(again(1));
    ASSERT_TRUE(outcome);
    ASSERT_TRUE(std::holds_alternative<natural_key_taken>(*outcome));
    EXPECT_EQ(std::get<natural_key_taken>(*outcome).by, other.id);
    EXPECT_EQ(find(id_of(1)).state, state::failed);
}

TEST_P(JournalRestart, RefusesWhenItsTotalWouldFallMeanwhile) {
    put(wish(1), state::failed);
    ASSERT_TRUE(is_accepted(accept(wish(2))));
    settlement more = settlement_to(id_of(2), state::succeeded, 6000);
    more.confirmed = {{"subject-1-b", 9}};
    ASSERT_EQ(settle(more), "");
    const auto outcome = restart(again(1));
    ASSERT_TRUE(outcome);
    ASSERT_TRUE(std::holds_alternative<total_would_fall>(*outcome));
    EXPECT_EQ(std::get<total_would_fall>(*outcome).confirmed, 9);
}

TEST_P(JournalRestart, HappensOnceHoweverManyRequests) {
    put(wish(1), state::failed);
    std::vector<journal_result<accept_outcome>> results;
    for (int i = 0; i < 100; ++i) {
        loop.start(journal->restart(again(1), started_attempt(1, 100'000)), results);
    }
    loop.run();
    EXPECT_EQ(std::count_if(results.begin(), results.end(), is_accepted), 1);
    EXPECT_EQ(find(id_of(1)).attempts.size(), 1u);
}

TEST_P(JournalRestart, NeedsARedemption) {
    EXPECT_THAT(reason_of(restart(again(1))), ::testing::HasSubstr("holds no redemption"));
}

}  // namespace
}  // namespace gateway::journal::testing
