#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// Natural keys, totals and orders belong to an app, whatever name its account has (docs/journal.md,
// Identities).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const platform_identity app("taobao:1");

// The n-th wish for one order and code, under an account's name of its own.
record named(int n, const char* account, const platform_identity& identity, std::int64_t total) {
    record r = wish(n);
    r.account = account_name(account);
    r.identity = identity;
    r.orders = {order_key("order_id:1"), order_key("out_order_id:x")};
    r.totals = {{.subject = "order/code", .total = total, .order = r.orders.front(), .code = "code"}
    };
    return r;
}

class JournalIdentity : public journal_contract {
protected:
    void confirm(const record& r) {
        ASSERT_TRUE(is_accepted(accept(r)));
        settlement done = settlement_to(r.id, state::succeeded, 5000);
        done.confirmed = r.totals;
        ASSERT_EQ(settle(done), "");
    }
    void adopt(const char* account, const platform_identity& identity) {
        ASSERT_EQ(reason_of(loop.await(journal->adopt({account_name(account), identity}))), "");
    }
    std::optional<total_would_fall> falls(const record& r) {
        const auto outcome = accept(r);
        EXPECT_EQ(reason_of(outcome), "");
        const auto* higher = outcome ? std::get_if<total_would_fall>(&*outcome) : nullptr;
        return higher ? std::optional(*higher) : std::nullopt;
    }
    bool natural_taken(const record& r) {
        const auto outcome = accept(r);
        return outcome && std::holds_alternative<natural_key_taken>(*outcome);
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalIdentity, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalIdentity, IsReadBack) {
    ASSERT_TRUE(is_accepted(accept(named(1, "old-name", app, 5))));
    reopen();
    EXPECT_EQ(find(id_of(1)).identity, app);
}

TEST_P(JournalIdentity, KeepsNaturalKeysTotalsAndOrdersUnderAnotherNameOfTheAccount) {
    const record first = named(1, "old-name", app, 5);
    confirm(first);
    record second = named(2, "new-name", app, 5);
    second.natural = first.natural;
    EXPECT_TRUE(natural_taken(second));
    const auto higher = falls(named(3, "new-name", app, 3));
    ASSERT_TRUE(higher);
    EXPECT_EQ(higher->confirmed, 5);
    EXPECT_EQ(higher->by, first.id);
    EXPECT_FALSE(higher->in_doubt);
    record third = named(4, "new-name", app, 5);
    third.orders = {order_key("out_order_id:x")};
    const auto taken = accept(third);
    ASSERT_TRUE(is_accepted(taken));
    EXPECT_THAT(std::get<accepted>(*taken).order_aliases, ElementsAre(order_key("order_id:1")));
    record elsewhere = named(5, "old-name", platform_identity("taobao:2"), 3);
    elsewhere.natural = first.natural;
    EXPECT_TRUE(is_accepted(accept(elsewhere))) << "another app under the same name";
}

TEST_P(JournalIdentity, GivesARedemptionThatStartsOverToTheAppOfNow) {
    record moved = named(1, "shop", app, 3);
    put(moved, state::failed);
    const platform_identity other("taobao:2");
    confirm(named(2, "shop", other, 3));
    moved.identity = other;
    ASSERT_TRUE(is_accepted(restart(moved)));
    EXPECT_EQ(find(moved.id).identity, other);
    record same_key = named(3, "shop", other, 3);
    same_key.natural = moved.natural;
    EXPECT_TRUE(natural_taken(same_key));
    record blocked = named(4, "shop", app, 3);
    put(blocked, state::failed);
    confirm(named(5, "shop", other, 5));
    blocked.identity = other;
    const auto outcome = restart(blocked);
    EXPECT_TRUE(outcome && std::holds_alternative<total_would_fall>(*outcome));
    EXPECT_EQ(find(blocked.id).identity, app);
}

// As in a file that an earlier version wrote.
TEST_P(JournalIdentity, IsAdoptedByWhatWasKeptUnderTheNameOfTheAccount) {
    const record first = named(1, "shop", {}, 5);
    confirm(first);
    const record waiting = named(2, "shop", {}, 5);
    ASSERT_TRUE(is_accepted(accept(waiting)));
    settlement banned = settlement_to(waiting.id, state::pending, 1000);
    banned.ban = std::chrono::hours(1);
    ASSERT_EQ(settle(banned), "");
    ASSERT_TRUE(is_accepted(accept(named(3, "another", {}, 1))));
    adopt("shop", app);
    adopt("shop", app);
    reopen();
    EXPECT_EQ(find(first.id).identity, app);
    EXPECT_EQ(find(waiting.id).identity, app);
    EXPECT_EQ(find(id_of(3)).identity, platform_identity());
    record same_key = named(4, "new-name", app, 5);
    same_key.natural = waiting.natural;
    EXPECT_TRUE(natural_taken(same_key));
    const auto higher = falls(named(5, "new-name", app, 3));
    ASSERT_TRUE(higher);
    EXPECT_EQ(higher->by, first.id);
    record alias = named(6, "new-name", app, 5);
    alias.orders = {order_key("out_order_id:x")};
    alias.totals[0].order = alias.orders[0];
    alias.totals[0].subject = "own/code";
    const auto taken = accept(alias);
    ASSERT_TRUE(is_accepted(taken));
    EXPECT_THAT(std::get<accepted>(*taken).order_aliases, ElementsAre(order_key("order_id:1")));
    alias.totals[0].total = 4;
    alias.id = id_of(7);
    alias.key = idempotency_key("key-7");
    alias.natural = natural_key("natural-7");
    EXPECT_TRUE(falls(alias)) << "the alias's totals came along";
    const auto bans = loop.await(journal->load_bans());
    ASSERT_TRUE(bans && bans->size() == 1);
    EXPECT_EQ(bans->front().identity, app);
}

TEST_P(JournalIdentity, IsAdoptedFromTwoNamesOfOneApp) {
    record one = named(1, "one", {}, 5);
    record other = named(2, "other", {}, 3);
    other.natural = one.natural;
    other.orders = {order_key("order_id:1"), order_key("out_order_id:y")};
    confirm(one);
    confirm(other);
    adopt("one", app);
    adopt("other", app);
    record next = named(3, "one", app, 3);
    next.natural = one.natural;
    EXPECT_TRUE(natural_taken(next));
    next.natural = wish(3).natural;
    const auto higher = falls(next);
    ASSERT_TRUE(higher);
    EXPECT_EQ(higher->confirmed, 5);
    record merged = named(4, "one", app, 5);
    merged.orders = {order_key("out_order_id:y")};
    const auto taken = accept(merged);
    ASSERT_TRUE(is_accepted(taken));
    EXPECT_THAT(std::get<accepted>(*taken).order_aliases, ElementsAre(order_key("order_id:1")));
}

TEST_P(JournalIdentity, FindsTheKeysOfEarlierNamesOfACaller) {
    record old = wish(1);
    old.caller = caller_name("anonymous");
    ASSERT_TRUE(is_accepted(accept(old)));
    record again = wish(2);
    again.key = old.key;
    again.formerly = {caller_name("till"), old.caller};
    const auto taken = accept(again);
    ASSERT_TRUE(taken && std::holds_alternative<key_taken>(*taken));
    EXPECT_EQ(std::get<key_taken>(*taken).existing.id, old.id);
    again.formerly = {caller_name("till")};
    EXPECT_TRUE(is_accepted(accept(again)));
}

TEST_P(JournalIdentity, NamesItsAccountsWithTheAppsOfTheOldestAndTheNewest) {
    const platform_identity other("taobao:2");
    ASSERT_TRUE(is_accepted(accept(named(1, "shop", app, 1))));
    ASSERT_TRUE(is_accepted(accept(named(2, "shop", other, 1))));
    ASSERT_TRUE(is_accepted(accept(named(3, "store", app, 1))));
    ASSERT_TRUE(is_accepted(accept(named(4, "store", app, 1))));
    ASSERT_TRUE(is_accepted(accept(named(5, "not adopted", {}, 1))));
    const auto found = loop.await(journal->account_names());
    ASSERT_EQ(reason_of(found), "");
    EXPECT_THAT(
        *found,
        UnorderedElementsAre(
            account_identity{account_name("shop"), app},
            account_identity{account_name("shop"), other},
            account_identity{account_name("store"), app}
        )
    );
}

TEST_P(JournalIdentity, FindsNamesThatAreNotConfigured) {
    using kind = unconfigured_name::kind;
    const std::pair<const char*, state> rows[] = {
        {"shop", state::succeeded},
        {"gone", state::succeeded},
        {"gone", state::unknown},
        {"gone", state::pending},
        {"gone", state::failed},
    };
    int n = 0;
    for (const auto& [account, state] : rows) {
        record r = wish(++n);
        r.account = account_name(account);
        r.caller = caller_name(n == 1 ? "till" : "pos");
        put(r, state);
    }
    const auto found = loop.await(journal->find_unconfigured(
        {.accounts = {account_name("shop")}, .callers = {caller_name("pos")}}
    ));
    ASSERT_EQ(reason_of(found), "");
    ASSERT_EQ(found->size(), 2u);
    EXPECT_EQ((*found)[0].of, kind::account);
    EXPECT_EQ((*found)[0].name, "gone");
    EXPECT_EQ((*found)[0].redemptions, 4u);
    EXPECT_EQ((*found)[0].unsettled, 2u);
    EXPECT_EQ((*found)[0].identity, wish(5).identity);
    EXPECT_EQ((*found)[1].of, kind::caller);
    EXPECT_EQ((*found)[1].name, "till");
    EXPECT_EQ((*found)[1].redemptions, 1u);
    EXPECT_EQ((*found)[1].unsettled, 0u);
}

class JournalDoubt : public JournalIdentity {
protected:
    settlement ambiguous_end(const record& r, state becomes) {
        settlement s = settlement_to(r.id, becomes, 2000);
        s.ended = ended_attempt(1, 1000);
        s.ended->verdict = verdict::ambiguous;
        return s;
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalDoubt, ::testing::ValuesIn(backends), backend_name);

TEST_P(JournalDoubt, OfAnUnknownOrAmbiguousRedemptionCountsUntilItIsFinal) {
    struct doubt_row {
        const char* name;
        bool ambiguous;
        state becomes;
        bool counts;
    };
    const doubt_row rows[] = {
        {"unknown", true, state::unknown, true},
        {"pending, ambiguous", true, state::pending, true},
        {"pending", false, state::pending, false},
        {"failed", false, state::failed, false},
    };
    int n = 0;
    for (const auto& row : rows) {
        for (const auto end : {state::failed, state::rejected, state::succeeded}) {
            SCOPED_TRACE(std::string(row.name) + " " + std::string(to_string(end)));
            const platform_identity identity("taobao:" + std::to_string(++n));
            const record five = named(++n, "shop", identity, 5);
            ASSERT_TRUE(is_accepted(accept(five, started_attempt(1, 1000))));
            auto s = ambiguous_end(five, row.becomes);
            if (!row.ambiguous) {
                s.ended->verdict = verdict::not_executed;
            }
            ASSERT_EQ(settle(s), "");
            take_all();
            const auto higher = falls(named(++n, "shop", identity, 3));
            ASSERT_EQ(higher.has_value(), row.counts);
            if (higher) {
                EXPECT_EQ(higher->confirmed, 5);
                EXPECT_EQ(higher->by, five.id);
                EXPECT_TRUE(higher->in_doubt);
            }
            EXPECT_FALSE(falls(named(++n, "shop", identity, 5))) << "not below";
            if (row.becomes == state::failed) {
                continue;
            }
            settlement done = row.becomes == state::unknown
                                  ? settlement_by_operator(five.id, end, 9000)
                                  : settlement_to(five.id, end, 9000);
            done.confirmed = end == state::succeeded ? five.totals : std::vector<running_total>();
            ASSERT_EQ(settle(done), "");
            const auto after = falls(named(++n, "shop", identity, 4));
            EXPECT_EQ(after.has_value(), end == state::succeeded);
            EXPECT_FALSE(after && after->in_doubt);
        }
    }
}

TEST_P(JournalDoubt, CountsForTheAliasesOfItsOrderAndNoOtherOrderOrCode) {
    const record five = named(1, "shop", app, 5);
    ASSERT_TRUE(is_accepted(accept(five, started_attempt(1, 1000))));
    ASSERT_EQ(settle(ambiguous_end(five, state::unknown)), "");
    record alias = named(2, "shop", app, 3);
    alias.orders = {order_key("out_order_id:x")};
    alias.totals = {{.subject = "x/code", .total = 3, .order = alias.orders[0], .code = "code"}};
    EXPECT_TRUE(falls(alias));
    record other_code = alias;
    other_code.totals[0].subject = "x/other";
    other_code.totals[0].code = "other";
    EXPECT_FALSE(falls(other_code));
    record other_order = named(3, "shop", app, 3);
    other_order.orders = {order_key("out_order_id:z")};
    other_order.totals = {
        {.subject = "z/code", .total = 3, .order = other_order.orders[0], .code = "code"}
    };
    EXPECT_FALSE(falls(other_order));
    record other_app = named(4, "shop", platform_identity("taobao:2"), 3);
    EXPECT_FALSE(falls(other_app));
}

TEST_P(JournalDoubt, StopsAttemptsStartsOverAndRetriesBelowItButNotItsOwn) {
    const record waiting = named(1, "shop", app, 3);
    ASSERT_TRUE(is_accepted(accept(waiting)));
    const record failed = named(2, "shop", app, 4);
    put(failed, state::failed);
    const record unknown = named(3, "shop", app, 4);
    ASSERT_TRUE(is_accepted(accept(unknown)));
    ASSERT_EQ(settle(settlement_to(unknown.id, state::unknown, 1500)), "");
    const record five = named(4, "shop", app, 5);
    ASSERT_TRUE(is_accepted(accept(five, started_attempt(1, 1000))));
    ASSERT_EQ(settle(ambiguous_end(five, state::pending)), "");

    const auto begun = loop.await(journal->start_attempt(waiting.id, started_attempt(1, 3000)));
    ASSERT_TRUE(begun && std::holds_alternative<total_would_fall>(*begun));
    EXPECT_EQ(std::get<total_would_fall>(*begun).by, five.id);
    const auto again = restart(failed);
    EXPECT_TRUE(again && std::holds_alternative<total_would_fall>(*again));
    const auto seen = find(unknown.id).updated_at;
    const auto retried =
        loop.await(journal->decide(settlement_to(unknown.id, state::pending, 4000), seen));
    ASSERT_TRUE(retried && std::holds_alternative<total_would_fall>(*retried));
    EXPECT_EQ(find(unknown.id).state, state::unknown);
    const auto rejected =
        loop.await(journal->decide(settlement_to(unknown.id, state::rejected, 4000), seen));
    EXPECT_TRUE(rejected && std::holds_alternative<decided>(*rejected));
    EXPECT_EQ(start(five.id, started_attempt(2, 5000)), "");
    EXPECT_EQ(find(five.id).attempts.size(), 2u);
}

TEST_P(JournalDoubt, EndsWithAnOperatorsFailedAlsoWhenThatStartsOver) {
    const record five = named(1, "shop", app, 5);
    ASSERT_TRUE(is_accepted(accept(five, started_attempt(1, 1000))));
    ASSERT_EQ(settle(ambiguous_end(five, state::unknown)), "");
    ASSERT_EQ(settle(settlement_by_operator(five.id, state::failed, 3000)), "");
    ASSERT_TRUE(is_accepted(restart(five)));
    EXPECT_FALSE(falls(named(2, "shop", app, 3)));
}

}  // namespace
}  // namespace gateway::journal::testing
