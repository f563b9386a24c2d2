#include <gmock/gmock.h>

#include "tests/journal/contract_fixture.hpp"

// Keys that came together are aliases of one order: what holds for one holds for all of them
// (docs/journal.md, Order aliases).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::ElementsAre;

const std::string number = "order_id:1";
const std::string own_number = "out_order_id:x";

using keys = std::vector<std::string>;

// The n-th wish for an order with these aliases; `total` is the running total that it wants.
record naming(int n, const keys& order, std::int64_t total = 0, const char* code = "code") {
    record r = wish(n);
    r.orders.clear();
    r.totals.clear();
    for (const auto& name : order) {
        r.orders.emplace_back(name);
        r.totals.push_back(
            {.subject = name + '/' + code, .total = total, .order = order_key(name), .code = code}
        );
    }
    return r;
}

keys text_of(const std::vector<order_key>& given) {
    keys all;
    for (const auto& key : given) {
        all.push_back(key.str());
    }
    return all;
}

class OrderAliases : public journal_contract {
protected:
    accepted take(const record& r) {
        const auto outcome = accept(r, started_attempt(1, 10));
        EXPECT_TRUE(is_accepted(outcome));
        return is_accepted(outcome) ? std::get<accepted>(*outcome) : accepted();
    }
    keys aliases_after(const record& r) { return text_of(take(r).order_aliases); }
    void confirm(const record& r) {
        take(r);
        settlement done = settlement_to(r.id, state::succeeded, 5000);
        done.confirmed = r.totals;
        EXPECT_EQ(settle(done), "");
    }
    // The confirmed total that forbids the wish, if any.
    std::optional<std::int64_t> obstacle(const record& r) {
        const auto outcome = accept(r);
        EXPECT_EQ(reason_of(outcome), "");
        const auto* falls = outcome ? std::get_if<total_would_fall>(&*outcome) : nullptr;
        return falls ? std::optional(falls->confirmed) : std::nullopt;
    }
};
INSTANTIATE_TEST_SUITE_P(Each, OrderAliases, ::testing::ValuesIn(backends), backend_name);

TEST_P(OrderAliases, AreOrdersOfTheirOwnUntilTheyComeTogether) {
    EXPECT_THAT(aliases_after(naming(1, {number})), ElementsAre(number));
    EXPECT_THAT(aliases_after(naming(2, {own_number})), ElementsAre(own_number));
    EXPECT_THAT(aliases_after(naming(3, {number, own_number})), ElementsAre(number, own_number));
    for (int n = 10; n < 30; n += 10) {
        EXPECT_THAT(aliases_after(naming(n, {number})), ElementsAre(number));
        EXPECT_THAT(aliases_after(naming(n + 1, {own_number})), ElementsAre(number));
        EXPECT_THAT(aliases_after(naming(n + 2, {own_number, number})), ElementsAre(number));
        reopen();
    }
}

TEST_P(OrderAliases, LetNoAttemptStartWithTheAcceptanceWhileOneIsNotGiven) {
    EXPECT_TRUE(take(naming(1, {number, own_number})).started);
    settlement end = settlement_to(id_of(1), state::succeeded, 5000);
    end.ended = ended_attempt(1, 10);
    EXPECT_EQ(settle(end), "");
    EXPECT_TRUE(take(naming(2, {number})).started);
    EXPECT_FALSE(take(naming(3, {own_number})).started);
    EXPECT_TRUE(find(id_of(3)).attempts.empty());
    EXPECT_FALSE(take(naming(4, {own_number, "order_id:2"})).started);
}

TEST_P(OrderAliases, BelongToOneAccount) {
    take(naming(1, {number, own_number}));
    record elsewhere = naming(2, {own_number});
    elsewhere.identity = platform_identity("taobao:elsewhere");
    EXPECT_THAT(aliases_after(elsewhere), ElementsAre(own_number));
}

TEST_P(OrderAliases, ThatContradictEachOtherMergeIntoTheOldestKey) {
    take(naming(1, {"a", "b"}));
    take(naming(2, {"c", "d"}));
    take(naming(3, {"e", "f"}));
    EXPECT_THAT(aliases_after(naming(4, {"f", "d"})), ElementsAre("c", "e"));
    EXPECT_THAT(aliases_after(naming(5, {"e", "new", "b"})), ElementsAre("a", "c", "new"));
    int n = 5;
    for (const char* name : {"a", "b", "c", "d", "e", "f", "new"}) {
        EXPECT_THAT(aliases_after(naming(++n, {name})), ElementsAre("a")) << name;
    }
}

TEST_P(OrderAliases, AreGivenForWhatGoesToWorkAgain) {
    const record failed = naming(1, {own_number});
    const record unknown = naming(2, {own_number});
    put(failed, state::failed);
    put(unknown, state::unknown);
    take(naming(3, {number, own_number}));
    const auto again = restart(failed);
    ASSERT_TRUE(is_accepted(again));
    EXPECT_THAT(text_of(std::get<accepted>(*again).order_aliases), ElementsAre(number));
    const auto seen = find(unknown.id).updated_at;
    const auto retried =
        loop.await(journal->decide(settlement_to(unknown.id, state::pending, 9000), seen));
    ASSERT_TRUE(retried && std::holds_alternative<decided>(*retried));
    EXPECT_THAT(text_of(std::get<decided>(*retried).order_aliases), ElementsAre(number));
}

TEST_P(OrderAliases, AreReadBackWithTheirCanonicalKey) {
    take(naming(1, {own_number}));
    take(naming(2, {number, own_number}));
    const auto pending = take_all();
    ASSERT_EQ(pending.size(), 2u);
    EXPECT_THAT(text_of(pending[0].orders), ElementsAre(own_number, number));
    EXPECT_THAT(text_of(pending[1].orders), ElementsAre(number, own_number));
}

struct total_row {
    const char* name;
    keys confirmed_under;
    keys wanted_under;
    const char* code;
    bool merged_before;
    bool falls;
};

TEST_P(OrderAliases, ShareTheirTotals) {
    const total_row rows[] = {
        {"from the number", {"n"}, {"x"}, "code", true, true},
        {"from the own number", {"x"}, {"n"}, "code", true, true},
        {"confirmed before they came together", {"x"}, {"n"}, "code", false, true},
        {"wanted together with another", {"x"}, {"n", "y"}, "code", true, true},
        {"another code", {"n"}, {"x"}, "other", true, false},
        {"another order", {"n"}, {"z"}, "code", true, false},
    };
    int n = 0;
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto of_row = [&](keys order) {
            for (auto& name : order) {
                name += row.name;
            }
            return order;
        };
        if (row.merged_before) {
            take(naming(++n, of_row({"n", "x"})));
        }
        confirm(naming(++n, of_row(row.confirmed_under), 5));
        if (!row.merged_before) {
            take(naming(++n, of_row({"n", "x"}), 5));
        }
        const auto lower = obstacle(naming(++n, of_row(row.wanted_under), 4, row.code));
        EXPECT_EQ(lower, row.falls ? std::optional<std::int64_t>(5) : std::nullopt);
        EXPECT_FALSE(obstacle(naming(++n, of_row(row.wanted_under), 5, row.code)));
    }
}

TEST_P(OrderAliases, BringTheirTotalsAlongWhenTwoOrdersMerge) {
    take(naming(1, {"a", "b"}));
    take(naming(2, {"c", "d"}));
    confirm(naming(3, {"a"}, 3));
    confirm(naming(4, {"d"}, 5));
    confirm(naming(5, {"c"}, 7, "other"));
    take(naming(6, {"b", "c"}, 7, "other"));
    int n = 6;
    for (const char* name : {"a", "b", "c", "d"}) {
        EXPECT_EQ(obstacle(naming(++n, {name}, 4)), 5) << name;
        EXPECT_EQ(obstacle(naming(++n, {name}, 6, "other")), 7) << name;
    }
    confirm(naming(++n, {"d"}, 9));
    EXPECT_EQ(obstacle(naming(++n, {"a"}, 8)), 9);
}

TEST_P(OrderAliases, ShareTheirTotalsWithTheAccountAndMethodOnly) {
    take(naming(1, {number, own_number}));
    confirm(naming(2, {number}, 5));
    record elsewhere = naming(3, {own_number}, 1);
    elsewhere.identity = platform_identity("taobao:elsewhere");
    EXPECT_FALSE(obstacle(elsewhere));
    record otherwise = naming(4, {own_number}, 1);
    otherwise.method = method_name("another.method");
    EXPECT_FALSE(obstacle(otherwise));
    EXPECT_EQ(obstacle(naming(5, {own_number}, 1)), 5);
}

// The redemption was accepted before the two keys came together.
TEST_P(OrderAliases, StopAnAttemptBelowATotalOfItsMergedOrder) {
    const record waiting = naming(1, {own_number}, 3);
    ASSERT_TRUE(is_accepted(accept(waiting)));
    confirm(naming(2, {number}, 5));
    EXPECT_EQ(start(waiting.id, started_attempt(1, 10)), "");
    take(naming(3, {number, own_number}, 5));
    take_all();
    const auto outcome = loop.await(journal->start_attempt(waiting.id, started_attempt(2, 20)));
    ASSERT_EQ(reason_of(outcome), "");
    ASSERT_TRUE(std::holds_alternative<total_would_fall>(*outcome));
    EXPECT_EQ(std::get<total_would_fall>(*outcome).confirmed, 5);
}

}  // namespace
}  // namespace gateway::journal::testing
