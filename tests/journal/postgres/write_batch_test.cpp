// Which operations one batch takes together.
#include <gtest/gtest.h>

#include <functional>

#include "journal/postgres/write_batch.hpp"
#include "tests/journal/sample_records.hpp"

namespace gateway::journal::postgres {
namespace {

using namespace gateway::redemption;
using namespace gateway::journal::testing;
using place = write_batch::place;

record plain(int n) {
    record r = wish(n);
    r.orders.clear();
    r.totals.clear();
    return r;
}

record changed(record r, const std::function<void(record&)>& change) {
    change(r);
    return r;
}

settlement ended(int n, state becomes) {
    settlement s = settlement_to(id_of(n), becomes, 1000);
    s.ended = ended_attempt(1, 10);
    return s;
}

settlement changed(settlement s, const std::function<void(settlement&)>& change) {
    change(s);
    return s;
}

job accepting(record r) {
    return accept_job{std::move(r), std::nullopt};
}
job settling(settlement s) {
    return settle_job{std::move(s)};
}

class WriteBatch : public ::testing::Test {
protected:
    place add(job one) {
        kept.push_back(std::make_unique<job>(std::move(one)));
        return batch.add(*kept.back());
    }

    const journal_keys keys{std::nullopt, covering_secret::draw()};
    write_batch batch{keys};
    jobs kept;
};

TEST_F(WriteBatch, TakesWhatItsStatementsCanDo) {
    EXPECT_EQ(add(accepting(plain(1))), place::added);
    EXPECT_EQ(add(accepting(wish(2))), place::added);
    EXPECT_EQ(add(start_job{id_of(3), started_attempt(1, 1)}), place::added);
    EXPECT_EQ(add(settling(ended(4, state::succeeded))), place::added);
    EXPECT_EQ(add(settling(ended(5, state::pending))), place::added);
    EXPECT_EQ(add(settling(settlement_to(id_of(6), state::failed, 1))), place::added) << "expiry";
    EXPECT_EQ(add(settling(settlement_to(id_of(10), state::unknown, 1))), place::alone);
    EXPECT_EQ(
        add(settling(
            changed(ended(7, state::pending), [](auto& s) { s.ban = std::chrono::seconds(1); })
        )),
        place::alone
    );
    EXPECT_EQ(add(accepting(changed(wish(8), [](record& r) { r.orders.clear(); }))), place::alone)
        << "totals without an order";
    EXPECT_EQ(add(restart_job{plain(9), std::nullopt}), place::alone);
    EXPECT_EQ(batch.size(), 6U);
}

TEST_F(WriteBatch, LeavesForLaterWhatMustSeeAnother) {
    ASSERT_EQ(add(accepting(plain(1))), place::added);
    EXPECT_EQ(
        add(accepting(changed(plain(2), [](record& r) { r.key = plain(1).key; }))), place::later
    );
    EXPECT_EQ(
        add(accepting(changed(plain(3), [](record& r) { r.natural = plain(1).natural; }))),
        place::later
    );
    EXPECT_EQ(add(start_job{id_of(1), started_attempt(1, 1)}), place::later);
    EXPECT_EQ(add(settling(ended(1, state::succeeded))), place::later);
    EXPECT_EQ(add(settling(ended(2, state::succeeded))), place::later) << "of one that waits";
    EXPECT_EQ(add(accepting(plain(4))), place::added);
}

TEST_F(WriteBatch, LetsNoTwoWishesMergeOrdersAtOnce) {
    const auto of = [](int n, std::vector<order_key> names) {
        return accepting(changed(wish(n), [&](record& r) { r.orders = std::move(names); }));
    };
    EXPECT_EQ(add(of(1, {order_key("a")})), place::added);
    EXPECT_EQ(add(of(2, {order_key("a")})), place::added) << "one order, two redemptions";
    EXPECT_EQ(add(of(3, {order_key("a"), order_key("b")})), place::later);
    EXPECT_EQ(add(of(4, {order_key("b")})), place::later);
    EXPECT_EQ(add(of(5, {order_key("c"), order_key("d")})), place::added);
    EXPECT_EQ(add(of(6, {order_key("d")})), place::later);
}

TEST_F(WriteBatch, IsBoundedByNumberAndBytes) {
    for (int n = 1; n <= 128; ++n) {
        ASSERT_EQ(add(settling(ended(n, state::pending))), place::added);
    }
    EXPECT_EQ(add(settling(ended(129, state::pending))), place::full);
    write_batch in_line(keys);
    jobs wishes;
    for (int n = 1; n <= 65; ++n) {
        wishes.push_back(std::make_unique<job>(accepting(wish(n))));
        ASSERT_EQ(in_line.add(*wishes.back()), n <= 64 ? place::added : place::full);
    }
    write_batch large(keys);
    job huge = accepting(changed(plain(1), [](record& r) {
        r.params = params_text(std::string(200'000, 'x'));
    }));
    job small = accepting(plain(2));
    EXPECT_EQ(large.add(huge), place::added) << "the first, whatever its size";
    EXPECT_EQ(large.add(small), place::full);
}

}  // namespace
}  // namespace gateway::journal::postgres
