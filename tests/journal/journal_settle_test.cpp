#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// settle() and decide(): the end of an attempt and the new state of its redemption; a final state
// is never overwritten.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;

using JournalSettle = journal_contract;
INSTANTIATE_TEST_SUITE_P(Each, JournalSettle, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalSettle, WritesAttemptStateResultAndTotalsTogether) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected, started_attempt(1, 10))));
    settlement done = settlement_to(expected.id, state::succeeded, 2000);
    done.ended = ended_attempt(1, 10);
    done.result = R"({"is_success":true})";
    done.confirmed = expected.totals;
    ASSERT_EQ(settle(done), "");

    expected.attempts = {ended_attempt(1, 10)};
    expected.state = state::succeeded;
    expected.updated_at = at(2000);
    expected.result = done.result;
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
    EXPECT_EQ(confirmed(expected, "subject-1-a"), 2);
    EXPECT_EQ(confirmed(expected, "subject-1-b"), 5);
    EXPECT_EQ(confirmed(expected, "never seen"), 0);
    reopen();
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
    EXPECT_EQ(confirmed(expected, "subject-1-b"), 5);
}

TEST_P(JournalSettle, ReplacesTheErrorAndKeepsResultAndExpiryUnlessGiven) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected)));
    settlement first = settlement_to(expected.id, state::pending, 2000);
    first.result = "{}";
    first.error = error_info{
        error_source::platform,
        base::fixed_text("busy"),
        {base::fixed_text("7"),
         base::fixed_text("isv.x"),
         base::fixed_text("ban"),
         base::fixed_text("r")}
    };
    ASSERT_EQ(settle(first), "");
    expected.updated_at = at(2000);
    expected.result = "{}";
    expected.error = first.error;
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));

    settlement second = settlement_to(expected.id, state::unknown, 3000);
    second.expires_at = at(90'000);
    ASSERT_EQ(settle(second), "");
    expected.state = state::unknown;
    expected.updated_at = at(3000);
    expected.expires_at = at(90'000);
    expected.error.reset();
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

TEST_P(JournalSettle, RecordsTheEndOfAnAttemptWithoutAStart) {
    ASSERT_TRUE(is_accepted(accept(wish(1))));
    settlement s = settlement_to(id_of(1), state::pending, 2000);
    s.ended = ended_attempt(1, 10);
    ASSERT_EQ(settle(s), "");
    EXPECT_EQ(find(id_of(1)).attempts.size(), 1u);
}

TEST_P(JournalSettle, KeepsTheHistoryOfOperatorsInOrderAndOnce) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected)));
    ASSERT_EQ(settle(settlement_to(expected.id, state::unknown, 1000)), "");
    settlement retry = settlement_to(expected.id, state::pending, 2000);
    retry.history = history_entry{at(2000), "ann", "retry", "n1", state::unknown, state::pending};
    ASSERT_EQ(settle(retry), "");
    ASSERT_EQ(settle(retry), "") << "a repetition after a commit in doubt";
    settlement resolve = settlement_to(expected.id, state::failed, 3000);
    resolve.history = history_entry{at(3000), "bob", "resolve", "", std::nullopt, state::failed};
    ASSERT_EQ(settle(resolve), "");

    expected.state = state::failed;
    expected.updated_at = at(3000);
    expected.history = {*retry.history, *resolve.history};
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

// An operator's resolution, with its history entry.
settlement resolution_by(const char* who, state to, std::int64_t milliseconds) {
    settlement resolution = settlement_to(id_of(1), to, milliseconds);
    resolution.history = history_entry{at(milliseconds), who, "resolve", "", state::unknown, to};
    return resolution;
}

TEST_P(JournalSettle, TakesOneOfTwoResolutionsOfAnUnknownOne) {
    const record expected = put(wish(1), state::unknown);
    const auto seen = find(expected.id).updated_at;
    std::vector<journal_result<decide_outcome>> outcomes;
    for (const char* who : {"ann", "bob"}) {
        loop.start(journal->decide(resolution_by(who, state::succeeded, 9000), seen), outcomes);
    }
    loop.run();
    ASSERT_EQ(outcomes.size(), 2u);
    ASSERT_TRUE(outcomes[0] && outcomes[1]);
    EXPECT_TRUE(std::holds_alternative<decided>(*outcomes[0]));
    const auto* late = std::get_if<changed_meanwhile>(&*outcomes[1]);
    ASSERT_TRUE(late);
    const record found = find(expected.id);
    ASSERT_EQ(found.history.size(), 1u);
    EXPECT_EQ(found.history[0].who, "ann");
    EXPECT_EQ(text_of(late->existing), text_of(found));
}

TEST_P(JournalSettle, RefusesAResolutionOfAnEarlierUnknownState) {
    put(wish(1), state::unknown);
    const auto seen = find(id_of(1)).updated_at;
    const auto again =
        loop.await(journal->decide(resolution_by("ann", state::pending, 6000), seen));
    ASSERT_TRUE(again && std::holds_alternative<decided>(*again));
    ASSERT_EQ(settle(settlement_to(id_of(1), state::unknown, 7000)), "");
    const std::string before = text_of(find(id_of(1)));
    const auto late =
        loop.await(journal->decide(resolution_by("bob", state::rejected, 8000), seen));
    ASSERT_TRUE(late && std::holds_alternative<changed_meanwhile>(*late));
    EXPECT_EQ(text_of(find(id_of(1))), before);
}

TEST_P(JournalSettle, KeepsTheHistoryOfAFinalOneResolvedAlike) {
    record expected = put(wish(1), state::succeeded);
    settlement resolution = settlement_to(expected.id, state::succeeded, 9000);
    resolution.history =
        history_entry{at(9000), "ann", "resolve", "", state::succeeded, state::succeeded};
    ASSERT_EQ(settle(resolution), "");
    expected.state = state::succeeded;
    expected.updated_at = at(5000);
    expected.history = {*resolution.history};
    EXPECT_EQ(text_of(find(expected.id)), text_of(expected));
}

TEST_P(JournalSettle, RaisesTotalsAndNeverLowersThem) {
    const std::pair<std::int64_t, std::int64_t> rows[] = {{3, 3}, {2, 3}, {3, 3}, {5, 5}, {0, 5}};
    int n = 0;
    for (const auto& [given, kept] : rows) {
        SCOPED_TRACE(given);
        record r = wish(++n);
        r.totals.clear();
        ASSERT_TRUE(is_accepted(accept(r)));
        settlement done = settlement_to(r.id, state::succeeded, 2000);
        done.confirmed = {{"subject", given}};
        ASSERT_EQ(settle(done), "");
        EXPECT_EQ(confirmed(r, "subject"), kept);
    }
}

TEST_P(JournalSettle, NeverOverwritesAFinalState) {
    int n = 0;
    for (const state from : {state::succeeded, state::rejected, state::failed}) {
        const record r = put(wish(++n), from);
        const std::string before = text_of(find(r.id));
        for (const state to :
             {state::pending, state::succeeded, state::rejected, state::failed, state::unknown}) {
            SCOPED_TRACE(std::string(to_string(from)) + " to " + std::string(to_string(to)));
            settlement s = settlement_to(r.id, to, 9000);
            s.result = R"({"other":1})";
            s.error = error_info{error_source::gateway, base::fixed_text("other"), {}};
            if (from == to) {
                EXPECT_EQ(settle(s), "");
            } else {
                s.ended = ended_attempt(1, 10);
                EXPECT_THAT(settle(s), HasSubstr("is already " + std::string(to_string(from))));
            }
            EXPECT_EQ(text_of(find(r.id)), before);
        }
    }
}

TEST_P(JournalSettle, CompletesTheEvidenceOfAFinalOneSettledAlike) {
    ASSERT_TRUE(is_accepted(accept(wish(1), started_attempt(1, 10))));
    ASSERT_EQ(settle(settlement_to(id_of(1), state::succeeded, 2000)), "");
    settlement late = settlement_to(id_of(1), state::succeeded, 3000);
    late.ended = ended_attempt(1, 10);
    ASSERT_EQ(settle(late), "");
    const record found = find(id_of(1));
    EXPECT_EQ(found.updated_at, at(2000));
    ASSERT_EQ(found.attempts.size(), 1u);
    EXPECT_TRUE(found.attempts[0].finished_at);
}

TEST_P(JournalSettle, KeepsTheFirstEndOfAnAttempt) {
    ASSERT_TRUE(is_accepted(accept(wish(1), started_attempt(1, 10))));
    settlement first = settlement_to(id_of(1), state::pending, 2000);
    first.ended = ended_attempt(1, 10);
    ASSERT_EQ(settle(first), "");
    settlement second = first;
    second.ended->verdict = verdict::ambiguous;
    ASSERT_EQ(settle(second), "");
    EXPECT_EQ(find(id_of(1)).attempts[0].verdict, verdict::executed);
}

TEST_P(JournalSettle, NeedsARedemption) {
    EXPECT_THAT(
        settle(settlement_to(id_of(1), state::failed, 1)), HasSubstr("holds no redemption")
    );
    EXPECT_THAT(
        reason_of(loop.await(journal->decide(resolution_by("ann", state::failed, 1), at(0)))),
        HasSubstr("holds no redemption")
    );
}

}  // namespace
}  // namespace gateway::journal::testing
