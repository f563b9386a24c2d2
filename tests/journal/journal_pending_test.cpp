#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// What the next process recovers: the order of the pending redemptions, and bans.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalPending : public journal_contract {
protected:
    // The numbers of the pending wishes, in the order of their queue.
    std::vector<int> queue() {
        std::vector<int> numbers;
        for (const auto& r : take_all()) {
            numbers.push_back(std::stoi(r.key.str().substr(4)));
        }
        return numbers;
    }
    void accept_all(std::initializer_list<int> numbers) {
        for (const int n : numbers) {
            ASSERT_TRUE(is_accepted(accept(wish(n))));
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalPending, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalPending, IsInTheOrderOfArrivalWhateverTheClockSaid) {
    accept_all({5, 9, 2});
    EXPECT_THAT(queue(), ElementsAre(5, 9, 2));
    reopen();
    accept_all({1});
    EXPECT_THAT(queue(), ElementsAre(5, 9, 2, 1));
}

TEST_P(JournalPending, PutsWhatStartsOverAtTheEnd) {
    accept_all({1, 2, 3});
    ASSERT_EQ(settle(settlement_to(id_of(1), state::failed, 10)), "");
    accept_all({4});
    ASSERT_TRUE(is_accepted(restart(wish(1))));
    reopen();
    accept_all({5});
    EXPECT_THAT(queue(), ElementsAre(2, 3, 4, 1, 5));
}

TEST_P(JournalPending, PutsWhatIsSentAgainByHandAtTheEndOnce) {
    accept_all({1, 2});
    ASSERT_EQ(settle(settlement_to(id_of(1), state::unknown, 10)), "");
    accept_all({3});
    ASSERT_EQ(settle(settlement_by_operator(id_of(1), state::pending, 20)), "");
    accept_all({4});
    ASSERT_EQ(settle(settlement_by_operator(id_of(1), state::pending, 20)), "") << "a repetition";
    reopen();
    EXPECT_THAT(queue(), ElementsAre(2, 3, 1, 4));
}

TEST_P(JournalPending, KeepsThePositionOfWhatIsRetried) {
    accept_all({1, 2, 3});
    ASSERT_EQ(start(id_of(1), started_attempt(1, 10)), "");
    settlement again = settlement_to(id_of(1), state::pending, 1010);
    again.ended = ended_attempt(1, 10);
    ASSERT_EQ(settle(again), "");
    EXPECT_THAT(queue(), ElementsAre(1, 2, 3));
}

TEST_P(JournalPending, StartsAnewWhenNothingIsPending) {
    accept_all({3, 2});
    ASSERT_EQ(settle(settlement_to(id_of(3), state::unknown, 10)), "");
    ASSERT_EQ(settle(settlement_to(id_of(2), state::succeeded, 10)), "");
    EXPECT_THAT(queue(), IsEmpty());
    reopen();
    accept_all({1});
    ASSERT_EQ(settle(settlement_by_operator(id_of(3), state::pending, 20)), "");
    EXPECT_THAT(queue(), ElementsAre(1, 3));
}

class JournalBans : public journal_contract {
protected:
    void record_ban(std::int64_t when, std::chrono::milliseconds length, bool doubted = false) {
        settlement banned = settlement_to(id_of(1), state::pending, when);
        banned.ban = length;
        banned.ban_doubted = doubted;
        ASSERT_EQ(settle(banned), "");
    }
    std::vector<recorded_ban> bans() {
        auto found = loop.await(journal->load_bans());
        EXPECT_EQ(reason_of(found), "");
        return *found;
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalBans, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalBans, AreKeptForIdentityAndMethod) {
    EXPECT_THAT(bans(), IsEmpty());
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    record_ban(1000, std::chrono::seconds(60));
    reopen();
    const auto kept = bans();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].identity, wish(1).identity);
    EXPECT_EQ(kept[0].method, wish(1).method);
    EXPECT_EQ(kept[0].since, at(1000));
    EXPECT_EQ(kept[0].length, std::chrono::seconds(60));
}

TEST_P(JournalBans, AreDoubtedByTheNextProcessAsByTheOneThatMetThem) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    record_ban(1000, std::chrono::hours(2), true);
    take_all();
    EXPECT_TRUE(bans().front().doubted);
    record_ban(1000, std::chrono::hours(30), false);
    take_all();
    EXPECT_FALSE(bans().front().doubted) << "the one that lasts longer";
}

TEST_P(JournalBans, OutliveTheRedemptionThatBroughtThem) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    settlement failed = settlement_to(id_of(1), state::failed, 1000);
    failed.ban = std::chrono::hours(1);
    ASSERT_EQ(settle(failed), "");
    ASSERT_TRUE(loop.await(journal->remove_final_before(at(2000), 10)));
    EXPECT_EQ(bans().size(), 1u);
}

TEST_P(JournalBans, AreForgottenWhenAnOperatorLiftsThem) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    for (const bool one_method : {true, false}) {
        record_ban(1000, std::chrono::hours(24 * 7));
        const auto lift = [&](const redemption::platform_identity& identity,
                              std::optional<redemption::method_name> method) {
            EXPECT_EQ(reason_of(loop.await(journal->lift_bans(identity, method))), "");
            take_all();
            return bans().size();
        };
        EXPECT_EQ(lift(redemption::platform_identity("another"), std::nullopt), 1u);
        EXPECT_EQ(lift(wish(1).identity, redemption::method_name("another")), 1u);
        EXPECT_EQ(
            lift(wish(1).identity, one_method ? std::optional(wish(1).method) : std::nullopt), 0u
        );
    }
}

TEST_P(JournalBans, KeepTheOneThatLastsLonger) {
    struct row {
        const char* name;
        std::int64_t when;
        std::chrono::milliseconds length;
        bool replaces;
    };
    const row rows[] = {
        {"ends earlier", 2000, std::chrono::seconds(5), false},
        {"ends later", 2000, std::chrono::seconds(60), true},
        {"shorter, after the first has ended", 100'000, std::chrono::seconds(5), true},
        {"clock was set back, shorter", -86'400'000, std::chrono::seconds(5), false},
        {"clock was set back, longer", -86'400'000, std::chrono::seconds(61), true},
    };
    for (const auto& r : rows) {
        SCOPED_TRACE(r.name);
        journal.reset();
        std::filesystem::remove(folder.file("journal.db"));
        reopen();
        ASSERT_TRUE(is_accepted(accept(wish(1))));
        record_ban(1000, std::chrono::seconds(60));
        record_ban(r.when, r.length);
        const auto kept = bans();
        ASSERT_EQ(kept.size(), 1u);
        EXPECT_EQ(kept[0].since, at(r.replaces ? r.when : 1000));
        EXPECT_EQ(kept[0].length, r.replaces ? r.length : std::chrono::seconds(60));
    }
}

using JournalTotals = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalTotals, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalTotals, LetNoAttemptStartBelowAConfirmedOne) {
    const std::pair<std::int64_t, bool> rows[] = {{4, true}, {5, true}, {6, false}};
    int n = 10;
    for (const auto& [confirmed, starts] : rows) {
        SCOPED_TRACE(confirmed);
        const record waiting = wish(++n);  // wants 2 and 5
        ASSERT_TRUE(is_accepted(accept(waiting)));
        const record other = wish(n + 100);
        ASSERT_TRUE(is_accepted(accept(other)));
        settlement higher = settlement_to(other.id, state::succeeded, 10);
        higher.confirmed = {{waiting.totals[1].subject, confirmed}};
        ASSERT_EQ(settle(higher), "");
        const auto outcome = loop.await(journal->start_attempt(waiting.id, started_attempt(1, 20)));
        ASSERT_EQ(reason_of(outcome), "");
        EXPECT_EQ(std::holds_alternative<attempt_started>(*outcome), starts);
        EXPECT_EQ(find(waiting.id).attempts.size(), starts ? 1u : 0u);
        if (const auto* falls = std::get_if<total_would_fall>(&*outcome)) {
            EXPECT_EQ(falls->confirmed, confirmed);
        }
    }
}

TEST_P(JournalTotals, OfAnotherAccountOrMethodStopNoAttempt) {
    const record waiting = wish(1);
    ASSERT_TRUE(is_accepted(accept(waiting)));
    record elsewhere = wish(2);
    elsewhere.identity = platform_identity("taobao:elsewhere");
    record otherwise = wish(3);
    otherwise.method = method_name("another.method");
    for (const record& other : {elsewhere, otherwise}) {
        ASSERT_TRUE(is_accepted(accept(other)));
        settlement higher = settlement_to(other.id, state::succeeded, 10);
        higher.confirmed = {{waiting.totals[0].subject, 100}};
        ASSERT_EQ(settle(higher), "");
    }
    EXPECT_EQ(start(waiting.id, started_attempt(1, 20)), "");
    EXPECT_EQ(find(waiting.id).attempts.size(), 1u);
}

}  // namespace
}  // namespace gateway::journal::testing
