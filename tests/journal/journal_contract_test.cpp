#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// accept(), start_attempt(), close(), and what is found afterwards.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using namespace std::string_literals;

using JournalAccept = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalAccept, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalAccept, FindsAnAcceptedWishWholeByIdAndByKey) {
    record expected = wish(1);
    const attempt first = started_attempt(1, 1000);
    ASSERT_TRUE(is_accepted(accept(expected, first)));
    expected.attempts = {first};

    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
    auto by_key = loop.await(journal->find_by_key(expected.caller, expected.key));
    ASSERT_TRUE(by_key && *by_key);
    EXPECT_EQ(text_of(**by_key), text_of(expected));
}

TEST_P(JournalAccept, KeepsAnAcceptedWishWhenOpenedAgain) {
    const record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected)));
    reopen();
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

TEST_P(JournalAccept, FindsNothingWhereNothingIs) {
    auto by_id = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(by_id);
    EXPECT_FALSE(*by_id);
    auto by_key = loop.await(journal->find_by_key(caller_name("pos"), idempotency_key("key-1")));
    ASSERT_TRUE(by_key);
    EXPECT_FALSE(*by_key);
}

TEST_P(JournalAccept, KeepsAwkwardTextsByteForByte) {
    record odd = wish(1);
    odd.params = redemption::params_text("{\"a\":\"\xE5\x88\xB8\xF0\x9F\x8E\xAB'\\\"\0\"}"s);
    odd.natural = natural_key("it's; DROP TABLE redemptions --");
    odd.orders.clear();
    odd.totals.clear();
    record large = wish(2);
    large.params = redemption::params_text(std::string(200'000, 'x'));
    record bare = wish(3);
    bare.natural.reset();
    bare.params = {};
    for (const record& r : {odd, large, bare}) {
        ASSERT_TRUE(is_accepted(accept(r)));
        EXPECT_EQ(text_of(find(r.id)), text_of(r));
    }
}

TEST_P(JournalAccept, GivesTheExistingOneForAKeyThatIsTaken) {
    const record first = wish(1);
    ASSERT_TRUE(is_accepted(accept(first)));
    record second = wish(2);
    second.key = first.key;
    const auto outcome = accept(second);
    ASSERT_TRUE(outcome);
    ASSERT_TRUE(std::holds_alternative<key_taken>(*outcome));
    EXPECT_EQ(text_of(std::get<key_taken>(*outcome).existing), text_of(first));
    auto not_there = loop.await(journal->find(second.id));
    ASSERT_TRUE(not_there);
    EXPECT_FALSE(*not_there);
}

TEST_P(JournalAccept, BindsAKeyToItsCaller) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    record other = wish(2);
    other.key = wish(1).key;
    other.caller = caller_name("web");
    EXPECT_TRUE(is_accepted(accept(other)));
}

TEST_P(JournalAccept, HoldsANaturalKeyAsLongAsItMayHaveBeenUsed) {
    const std::pair<state, bool> rows[] = {
        {state::pending, true},
        {state::succeeded, true},
        {state::unknown, true},
        {state::rejected, false},
        {state::failed, false},
    };
    int n = 0;
    for (const auto& [in_state, taken] : rows) {
        SCOPED_TRACE(to_string(in_state));
        const record holder = put(wish(++n), in_state);
        record second = wish(++n);
        second.natural = holder.natural;
        const auto outcome = accept(second);
        ASSERT_TRUE(outcome);
        EXPECT_EQ(std::holds_alternative<natural_key_taken>(*outcome), taken);
        if (const auto* by = std::get_if<natural_key_taken>(&*outcome)) {
            EXPECT_EQ(by->by, holder.id);
        }
    }
}

TEST_P(JournalAccept, KnowsNaturalKeysPerIdentityAndMethod) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    record elsewhere = wish(2);
    elsewhere.natural = wish(1).natural;
    elsewhere.identity = platform_identity("taobao:other");
    EXPECT_TRUE(is_accepted(accept(elsewhere)));
    record otherwise = wish(3);
    otherwise.natural = wish(1).natural;
    otherwise.method = method_name("taobao.eticket.merchant.ma.send");
    EXPECT_TRUE(is_accepted(accept(otherwise)));
}

TEST_P(JournalAccept, RefusesATotalBelowOneConfirmed) {
    const record first = wish(1);
    ASSERT_TRUE(is_accepted(accept(first)));
    settlement done = settlement_to(first.id, state::succeeded, 5000);
    done.confirmed = {{"subject", 3}};
    ASSERT_EQ(settle(done), "");

    const std::pair<std::int64_t, bool> rows[] = {{2, false}, {3, true}, {4, true}};
    int n = 1;
    for (const auto& [total, fits] : rows) {
        SCOPED_TRACE(total);
        record next = wish(++n);
        next.totals = {{"unrelated", 0}, {"subject", total}};
        const auto outcome = accept(next);
        ASSERT_TRUE(outcome);
        EXPECT_EQ(std::holds_alternative<accepted>(*outcome), fits);
        if (const auto* falls = std::get_if<total_would_fall>(&*outcome)) {
            EXPECT_EQ(falls->confirmed, 3);
        }
    }
    record elsewhere = wish(++n);
    elsewhere.identity = platform_identity("taobao:other");
    elsewhere.totals = {{"subject", 1}};
    EXPECT_TRUE(is_accepted(accept(elsewhere)));
}

TEST_P(JournalAccept, ChecksTheKeyThenTheNaturalKeyThenTheTotals) {
    const record first = wish(1);
    ASSERT_TRUE(is_accepted(accept(first)));
    settlement done = settlement_to(first.id, state::succeeded, 5000);
    done.confirmed = {{"subject", 3}};
    ASSERT_EQ(settle(done), "");

    record wrong_in_every_way = first;
    wrong_in_every_way.id = id_of(2);
    wrong_in_every_way.totals = {{"subject", 1}};
    auto outcome = accept(wrong_in_every_way);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<key_taken>(*outcome));

    wrong_in_every_way.key = idempotency_key("fresh");
    outcome = accept(wrong_in_every_way);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<natural_key_taken>(*outcome));

    wrong_in_every_way.natural = natural_key("fresh");
    outcome = accept(wrong_in_every_way);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<total_would_fall>(*outcome));
}

TEST_P(JournalAccept, TakesOneOfSixHundredEqualKeys) {
    std::vector<journal_result<accept_outcome>> results;
    for (int n = 1; n <= 600; ++n) {
        record same = wish(n);
        same.key = idempotency_key("the same");
        loop.start(journal->accept(same, started_attempt(1, 0)), results);
    }
    loop.run();
    int accepted_count = 0;
    int taken = 0;
    for (const auto& result : results) {
        ASSERT_TRUE(result);
        accepted_count += std::holds_alternative<accepted>(*result) ? 1 : 0;
        const auto* existing = std::get_if<key_taken>(&*result);
        taken += existing != nullptr && existing->existing.id == id_of(1) ? 1 : 0;
    }
    EXPECT_EQ(accepted_count, 1);
    EXPECT_EQ(taken, 599);
}

TEST_P(JournalAccept, TakesOneOfManyEqualNaturalKeys) {
    std::vector<journal_result<accept_outcome>> results;
    for (int n = 1; n <= 200; ++n) {
        record same = wish(n);
        same.natural = natural_key("the same");
        loop.start(journal->accept(same, std::nullopt), results);
    }
    loop.run();
    EXPECT_EQ(std::count_if(results.begin(), results.end(), is_accepted), 1);
}

using JournalAttempts = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalAttempts, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalAttempts, KeepsEachStart) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected)));
    expected.attempts = {ended_attempt(1, 10), started_attempt(2, 2000)};
    EXPECT_EQ(start(expected.id, started_attempt(1, 10)), "");
    settlement again = settlement_to(expected.id, state::pending, 1010);
    again.ended = expected.attempts[0];
    ASSERT_EQ(settle(again), "");
    EXPECT_EQ(start(expected.id, expected.attempts[1]), "");
    expected.updated_at = again.at;
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

TEST_P(JournalAttempts, TakesARepeatedStartAsOne) {
    ASSERT_TRUE(is_accepted(accept(wish(1), started_attempt(1, 10))));
    EXPECT_EQ(start(id_of(1), started_attempt(1, 10)), "");
    EXPECT_EQ(find(id_of(1)).attempts.size(), 1u);
}

TEST_P(JournalAttempts, RefusesToStartAFinishedOne) {
    ASSERT_TRUE(is_accepted(accept(wish(1), started_attempt(1, 10))));
    settlement again = settlement_to(id_of(1), state::pending, 2000);
    again.ended = ended_attempt(1, 10);
    ASSERT_EQ(settle(again), "");
    EXPECT_EQ(start(id_of(1), started_attempt(1, 3000)), "attempt 1 has already ended");
    ASSERT_EQ(find(id_of(1)).attempts.size(), 1u);
    EXPECT_EQ(find(id_of(1)).attempts[0].started_at, at(10));
}

TEST_P(JournalAttempts, StartOnlyWhilePending) {
    int n = 0;
    for (const state s : {state::succeeded, state::rejected, state::failed, state::unknown}) {
        SCOPED_TRACE(to_string(s));
        const record r = put(wish(++n), s);
        EXPECT_THAT(
            start(r.id, started_attempt(1, 10)), ::testing::HasSubstr("no attempt may start")
        );
        EXPECT_TRUE(find(r.id).attempts.empty());
    }
}

TEST_P(JournalAttempts, NeedARedemption) {
    EXPECT_THAT(
        start(id_of(1), started_attempt(1, 10)), ::testing::HasSubstr("holds no redemption")
    );
}

using JournalHealth = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalHealth, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalHealth, HasNoTroubleAfterAProbe) {
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(loop.await(journal->probe()));
    EXPECT_FALSE(journal->trouble());
}

TEST_P(JournalHealth, ARefusalIsNoTrouble) {
    EXPECT_NE(settle(settlement_to(id_of(1), state::failed, 1)), "");
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(probe.faults.empty());
}

TEST_P(JournalHealth, AnswersWithAReasonAfterClose) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    journal->close();
    journal->close();
    EXPECT_EQ(reason_of(accept(wish(2))), "the journal is closed");
    EXPECT_EQ(reason_of(loop.await(journal->find(id_of(1)))), "the journal is closed");
}

TEST_P(JournalHealth, CommitsWaitingOperationsWhenClosed) {
    std::vector<journal_result<accept_outcome>> results;
    for (int n = 1; n <= 50; ++n) {
        loop.start(journal->accept(wish(n), std::nullopt), results);
    }
    loop.poll();
    journal->close();
    loop.run();
    EXPECT_EQ(std::count_if(results.begin(), results.end(), is_accepted), 50);
    EXPECT_EQ(take_all().size(), 50u);
}

}  // namespace
}  // namespace gateway::journal::testing
