#include <gmock/gmock.h>

#include <fstream>

#include "journal/sqlite/schema.hpp"
#include "journal/sqlite/statement.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// Files that earlier versions wrote, with redemptions in every state.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::ElementsAre;

struct old_row {
    int n;  // the n-th wish
    enum state state;
};

// In the order of arrival, which is not that of the ids: a clock was set back.
constexpr old_row old_rows[] = {
    {5, state::pending},
    {1, state::succeeded},
    {2, state::rejected},
    {3, state::failed},
    {4, state::unknown},
    {6, state::pending},
    {0, state::pending},
};

class Migration : public sqlite_test {
protected:
    // A file of version 1.
    void write_version_1() {
        std::ofstream created(path());
        auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
        ASSERT_TRUE(db);
        ASSERT_TRUE(bring_up_to_date(*db, migrations().first(1)));
        statement insert(
            *db,
            "INSERT INTO redemptions (id, caller, idempotency_key, body, method, account, params,"
            " natural_key, replay_safe, state, created_at, updated_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq"
        );
        statement insert_total(*db, "INSERT INTO wanted_totals VALUES (?, ?, ?, ?)");
        statement insert_order(*db, "INSERT INTO order_keys VALUES (?, ?, ?)");
        for (const auto& old : old_rows) {
            const record r = wish(old.n);
            std::int64_t seq = 0;
            const auto read_seq = [&](const row& at) -> db_result<void> {
                seq = at.integer(0);
                return {};
            };
            ASSERT_TRUE(insert.first(
                read_seq,
                r.id,
                r.caller,
                r.key,
                blob_view{r.body.data(), r.body.size()},
                r.method,
                r.account,
                r.params.reveal(),
                r.natural,
                r.replay_safe,
                to_string(old.state),
                r.created_at,
                r.updated_at,
                r.expires_at
            ));
            for (std::int64_t i = 0; i < 2; ++i) {
                const auto at = static_cast<std::size_t>(i);
                ASSERT_TRUE(insert_order.run(seq, i, r.orders[at]));
                ASSERT_TRUE(insert_total.run(seq, i, r.totals[at].subject, r.totals[at].total));
            }
        }
        // An operator sent the unknown one again an hour after it was accepted.
        ASSERT_TRUE(db->execute(
            "UPDATE redemptions SET expires_at = expires_at + 3600000 WHERE state = 'unknown';"
            "INSERT INTO history SELECT seq, created_at + 3600000, 'ops', 'retry', '', 'unknown',"
            " 'pending' FROM redemptions WHERE state = 'unknown';"
            "UPDATE redemptions SET error_source = 'network', error_detail = 'no connection'"
            " WHERE state = 'failed'"
        ));
    }
    record find(managed_journal& journal, int n) {
        auto found = loop.await(journal.find(id_of(n)));
        EXPECT_EQ(reason_of(found), "");
        return found && *found ? **found : record();
    }
};

TEST_F(Migration, KeepsEveryRedemptionOfVersion1Whole) {
    write_version_1();
    const auto journal = open();
    for (const auto& old : old_rows) {
        SCOPED_TRACE(to_string(old.state));
        record expected = wish(old.n);
        expected.state = old.state;
        if (old.state == state::succeeded) {
            expected.lifetime = {};  // never read
        }
        if (old.state == state::failed) {
            expected.error =
                error_info{error_source::network, base::fixed_text("no connection"), {}};
        }
        if (old.state == state::unknown) {
            const auto retried = expected.created_at + std::chrono::hours(1);
            expected.expires_at += std::chrono::hours(1);
            expected.history = {{retried, "ops", "retry", "", state::unknown, state::pending}};
        }
        EXPECT_EQ(text_of(find(*journal, old.n)), text_of(expected));
    }
}

TEST_F(Migration, QueuesThePendingOnesOfVersion1InTheOrderOfArrival) {
    write_version_1();
    auto journal = open();
    ASSERT_TRUE(is_accepted(loop.await(journal->restart(wish(3), std::nullopt))));
    ASSERT_TRUE(loop.await(journal->settle(settlement_to(id_of(4), state::pending, 1000))));
    journal.reset();
    journal = open();
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(7), std::nullopt))));
    auto pending = loop.await(journal->load_pending());
    ASSERT_TRUE(pending);
    std::vector<std::string> keys;
    for (const auto& r : *pending) {
        keys.push_back(r.key.str());
    }
    EXPECT_THAT(keys, ElementsAre("key-5", "key-6", "key-0", "key-3", "key-4", "key-7"));
    auto bans = loop.await(journal->load_bans());
    ASSERT_TRUE(bans);
    EXPECT_TRUE(bans->empty());
}

TEST_F(Migration, MakesAliasesOfTheOrderKeysThatVersion1SawTogether) {
    write_version_1();
    const auto journal = open();
    record next = wish(7);
    next.orders = {wish(1).orders[1]};
    const auto taken = loop.await(journal->accept(next, std::nullopt));
    ASSERT_TRUE(is_accepted(taken));
    EXPECT_THAT(std::get<accepted>(*taken).order_aliases, ElementsAre(wish(1).orders[0]));
}

TEST_F(Migration, FindsTheHighestTotalOfEachOrderOfVersion4) {
    std::ofstream created(path());
    auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
    ASSERT_TRUE(db);
    // The file has no digests to cover.
    for (const char* function : {"draw_secret", "cover_digest"}) {
        ASSERT_TRUE(db->define(function, [](std::string_view) { return sql_bytes{}; }));
    }
    ASSERT_TRUE(bring_up_to_date(*db, migrations().first(4)));
    ASSERT_TRUE(db->execute(
        "INSERT INTO same_order (account, name, other) VALUES ('shop', 'a', 'b');"
        "INSERT INTO confirmed_totals (account, method, subject, total, order_key, code) VALUES"
        " ('shop', 'verify', x'01', 3, 'a', x'aa'), ('shop', 'verify', x'02', 5, 'b', x'aa'),"
        " ('shop', 'verify', x'03', 7, 'c', x'aa'), ('shop', 'verify', x'04', 9, NULL, NULL)"
    ));
    ASSERT_TRUE(bring_up_to_date(*db, migrations()));
    auto highest = db->integer("SELECT total FROM line_totals WHERE method = 'verify'");
    auto rows = db->integer("SELECT count(*) FROM line_totals");
    ASSERT_TRUE(highest && rows);
    EXPECT_EQ(*highest, 5);
    EXPECT_EQ(*rows, 1);
}

}  // namespace
}  // namespace gateway::journal::testing
