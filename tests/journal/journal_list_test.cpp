#include <gmock/gmock.h>

#include <functional>

#include "tests/journal/contract_fixture.hpp"

// list(), take() and count_unknown().

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::ElementsAreArray;

// Each of the wishes has an app of its own.
platform_identity identity_of_number(int n) {
    return platform_identity("taobao:" + std::to_string(n));
}

class JournalList : public journal_contract {
protected:
    // The numbers of the listed wishes, in the order of the list.
    std::vector<int> list(const list_filter& filter) {
        auto found = loop.await(journal->list(filter));
        EXPECT_EQ(reason_of(found), "");
        std::vector<int> numbers;
        for (const record& r : found ? *found : std::vector<record>()) {
            numbers.push_back(number_of(r));
        }
        return numbers;
    }
    static int number_of(const record& r) { return std::stoi(r.key.str().substr(4)); }

    // 1 to 10; each filter of the tables below finds a part of them.
    void fill() {
        constexpr state states[] = {
            state::pending, state::succeeded, state::rejected, state::failed, state::unknown
        };
        for (int n = 1; n <= 10; ++n) {
            record r = wish(n);
            r.caller = caller_name(n <= 4 ? "pos" : "web");
            r.account = account_name(n % 2 == 0 ? "even" : "odd");
            r.method = method_name(n % 3 == 0 ? "m.three" : "m.other");
            r.identity = identity_of_number(n);
            put(r, states[(n - 1) % 5]);
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Each, JournalList, ::testing::ValuesIn(backends), backend_name);

struct filter_row {
    const char* name;
    std::function<void(list_filter&)> set;
    std::vector<int> found;
};

const filter_row filter_rows[] = {
    {"nothing", [](list_filter&) {}, {10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
    {"id", [](list_filter& f) { f.id = id_of(7); }, {7}},
    {"id of another caller",
     [](list_filter& f) {
         f.id = id_of(7);
         f.caller = caller_name("pos");
     },
     {}},
    {"caller", [](list_filter& f) { f.caller = caller_name("pos"); }, {4, 3, 2, 1}},
    {"pending", [](list_filter& f) { f.in_state = state::pending; }, {6, 1}},
    {"succeeded", [](list_filter& f) { f.in_state = state::succeeded; }, {7, 2}},
    {"rejected", [](list_filter& f) { f.in_state = state::rejected; }, {8, 3}},
    {"failed", [](list_filter& f) { f.in_state = state::failed; }, {9, 4}},
    {"unknown", [](list_filter& f) { f.in_state = state::unknown; }, {10, 5}},
    {"method", [](list_filter& f) { f.method = method_name("m.three"); }, {9, 6, 3}},
    {"account", [](list_filter& f) { f.account = account_name("odd"); }, {9, 7, 5, 3, 1}},
    {"key", [](list_filter& f) { f.key = idempotency_key("key-3"); }, {3}},
    {"natural key of a live one", [](list_filter& f) { f.natural = natural_key("natural-2"); }, {2}
    },
    {"natural key of a spent one", [](list_filter& f) { f.natural = natural_key("natural-4"); }, {4}
    },
    {"created after", [](list_filter& f) { f.created_after = at(8000); }, {10, 9, 8}},
    {"created before", [](list_filter& f) { f.created_before = at(3000); }, {2, 1}},
    {"limit", [](list_filter& f) { f.limit = 2; }, {10, 9}},
    {"after", [](list_filter& f) { f.after = id_of(3); }, {2, 1}},
    {"created in a window, the beginning included, the end not",
     [](list_filter& f) {
         f.created_after = at(3000);
         f.created_before = at(5000);
     },
     {4, 3}},
    {"caller with an earlier name",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.formerly = {caller_name("pos"), caller_name("nobody")};
         f.limit = 7;
     },
     {10, 9, 8, 7, 6, 5, 4}},
    {"earlier name and state",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.formerly = {caller_name("pos")};
         f.in_state = state::pending;
     },
     {6, 1}},
    {"accounts",
     [](list_filter& f) { f.accounts = {account_name("odd"), account_name("nothing")}; },
     {9, 7, 5, 3, 1}},
    {"all accounts",
     [](list_filter& f) { f.accounts = {account_name("odd"), account_name("even")}; },
     {10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
    {"no account", [](list_filter& f) { f.accounts.emplace(); }, {}},
    {"one of the accounts",
     [](list_filter& f) {
         f.account = account_name("even");
         f.accounts = {account_name("even"), account_name("nothing")};
     },
     {10, 8, 6, 4, 2}},
    {"none of the accounts",
     [](list_filter& f) {
         f.account = account_name("even");
         f.accounts = {account_name("odd")};
     },
     {}},
    {"accounts, caller with an earlier name and method",
     [](list_filter& f) {
         f.accounts = {account_name("odd")};
         f.caller = caller_name("web");
         f.formerly = {caller_name("pos")};
         f.method = method_name("m.three");
     },
     {9, 3}},
    {"account with an earlier name, of its app only",
     [](list_filter& f) {
         f.account = account_name("even");
         f.renamed = {{account_name("odd"), identity_of_number(7)}};
         f.limit = 4;
     },
     {10, 8, 7, 6}},
    {"accounts with earlier names",
     [](list_filter& f) {
         f.accounts = {account_name("nothing")};
         f.renamed = {
             {account_name("odd"), identity_of_number(7)},
             {account_name("even"), identity_of_number(2)},
             {account_name("even"), identity_of_number(3)}
         };
     },
     {7, 2}},
    {"accounts with an earlier name, caller and state",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.accounts = {account_name("even")};
         f.renamed = {{account_name("odd"), identity_of_number(7)}};
         f.in_state = state::succeeded;
     },
     {7}},
    {"id of an earlier name",
     [](list_filter& f) {
         f.id = id_of(7);
         f.accounts = {account_name("even")};
         f.renamed = {{account_name("odd"), identity_of_number(7)}};
     },
     {7}},
    {"id of an earlier name's other app",
     [](list_filter& f) {
         f.id = id_of(9);
         f.accounts = {account_name("even")};
         f.renamed = {{account_name("odd"), identity_of_number(7)}};
     },
     {}},
    {"caller with an earlier name, account with one",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.formerly = {caller_name("pos")};
         f.account = account_name("even");
         f.renamed = {{account_name("odd"), identity_of_number(3)}};
     },
     {10, 8, 6, 4, 3, 2}},
    {"accounts and state",
     [](list_filter& f) {
         f.accounts = {account_name("odd")};
         f.in_state = state::failed;
     },
     {9}},
    {"unknown caller", [](list_filter& f) { f.caller = caller_name("nobody"); }, {}},
    {"caller, state and account",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.in_state = state::pending;
         f.account = account_name("even");
     },
     {6}},
    {"everything at once",
     [](list_filter& f) {
         f.caller = caller_name("web");
         f.in_state = state::rejected;
         f.account = account_name("even");
         f.method = method_name("m.other");
         f.key = idempotency_key("key-8");
         f.natural = natural_key("natural-8");
         f.created_after = at(7000);
         f.created_before = at(9000);
         f.after = id_of(9);
     },
     {8}},
};

TEST_P(JournalList, FindsByEachFilterNewestFirst) {
    fill();
    for (const filter_row& row : filter_rows) {
        SCOPED_TRACE(row.name);
        list_filter filter;
        row.set(filter);
        EXPECT_THAT(list(filter), ElementsAreArray(row.found));
    }
}

TEST_P(JournalList, PagesThroughAllWithoutGapOrRepetition) {
    fill();
    std::vector<int> seen;
    list_filter filter;
    filter.limit = 3;
    for (int page = 0; page < 5; ++page) {
        auto found = loop.await(journal->list(filter));
        ASSERT_TRUE(found);
        for (const record& r : *found) {
            seen.push_back(number_of(r));
            filter.after = r.id;
        }
    }
    EXPECT_THAT(seen, ElementsAreArray({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}));
}

TEST_P(JournalList, GivesWholeRecords) {
    record expected = wish(1);
    ASSERT_TRUE(is_accepted(accept(expected, started_attempt(1, 5))));
    expected.attempts = {started_attempt(1, 5)};
    auto found = loop.await(journal->list({}));
    ASSERT_TRUE(found && found->size() == 1);
    EXPECT_EQ(text_of(found->front()), text_of(expected));
}

TEST_P(JournalList, GivesEverythingPendingOldestFirst) {
    fill();
    ASSERT_EQ(start(id_of(6), started_attempt(1, 6000)), "");
    const auto pending = take_all();
    ASSERT_EQ(pending.size(), 2u);
    EXPECT_EQ(number_of(pending[0]), 1);
    EXPECT_EQ(number_of(pending[1]), 6);
    ASSERT_EQ(pending[1].attempts.size(), 1u);
    EXPECT_FALSE(pending[1].attempts[0].finished_at);
}

TEST_P(JournalList, CountsTheUnknown) {
    fill();
    auto count = loop.await(journal->count_unknown());
    ASSERT_TRUE(count);
    EXPECT_EQ(*count, 2u);
}

}  // namespace
}  // namespace gateway::journal::testing
