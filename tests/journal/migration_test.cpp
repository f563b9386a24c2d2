#include <gmock/gmock.h>

#include <fstream>

#include "journal/covering_secret.hpp"
#include "journal/sqlite/schema.hpp"
#include "journal/sqlite/statement.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "text/hex.hpp"

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
    EXPECT_FALSE(journal->created_at()) << "not known";
    for (const auto& old : old_rows) {
        SCOPED_TRACE(to_string(old.state));
        record expected = wish(old.n);
        expected.identity = {};
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
    journal.reset();
    journal = open();
    auto pending = loop.await(journal->take(100));
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
    next.identity = {};
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

// Earlier versions doubted every ban of more than a day, and no other, after a restart.
TEST_F(Migration, DoubtsTheBansThatVersion7Doubted) {
    std::ofstream created(path());
    auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
    ASSERT_TRUE(db);
    for (const char* function : {"draw_secret", "cover_digest"}) {
        ASSERT_TRUE(db->define(function, [](std::string_view) { return sql_bytes{}; }));
    }
    ASSERT_TRUE(bring_up_to_date(*db, migrations().first(7)));
    ASSERT_TRUE(db->execute(
        "INSERT INTO bans (identity, method, told_at, length) VALUES ('taobao:1', 'day', 1, 86400000),"
        " ('taobao:1', 'longer', 1, 86400001)"
    ));
    ASSERT_TRUE(bring_up_to_date(*db, migrations()));
    const auto doubted = db->text("SELECT group_concat(method) FROM bans WHERE doubted");
    ASSERT_TRUE(doubted);
    EXPECT_EQ(*doubted, "longer");
}

class MigrationFrom5 : public Migration {
protected:
    // A file of version 5 with a confirmed total, an unknown one and a pending ambiguous one.
    void write_version_5() {
        std::ofstream created(path());
        auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
        ASSERT_TRUE(db);
        const std::string secret(128, 'a');
        ASSERT_TRUE(db->define("draw_secret", [&](std::string_view) {
            return sql_bytes{.bytes = secret, .is_text = true};
        }));
        ASSERT_TRUE(db->define("cover_digest", [](std::string_view) { return sql_bytes{}; }));
        ASSERT_TRUE(bring_up_to_date(*db, migrations().first(5)));
        const auto keys = prepare_file_keys();
        ASSERT_TRUE(keys);
        const auto covered = [&](std::string_view digest) {
            return "x'" + text::to_hex(*keys->cover(digest)) + "'";
        };
        const std::string body = covered(std::string(32, 'b'));
        const auto redemption = [&](int n, const char* state, const char* account) {
            const auto tail = std::to_string(n);
            return "INSERT INTO redemptions (seq, id, caller, idempotency_key, body, method,"
                   " account, params, natural_key, replay_safe, state, created_at, updated_at,"
                   " expires_at) VALUES (" +
                   tail + ", '" + id_of(n).str() + "', 'pos', 'key-" + tail + "', " + body +
                   ", 'm', '" + account + "', '{}', 'natural-" + tail + "', 1, '" + state +
                   "', 1, 1, 1);";
        };
        const auto total = [&](int n, int wanted) {
            return "INSERT INTO wanted_totals VALUES (" + std::to_string(n) + ", 0, " +
                   covered("order/code") + ", " + std::to_string(wanted) + ", 'order', " +
                   covered("code") + ");";
        };
        ASSERT_TRUE(db->execute(
            redemption(1, "succeeded", "shop") + redemption(2, "unknown", "shop") + total(2, 7) +
            redemption(3, "pending", "shop") + total(3, 9) +
            "INSERT INTO attempts (redemption, number, started_at, finished_at, verdict) VALUES"
            " (3, 1, 1, 2, 'ambiguous');"
            "INSERT INTO same_order (account, name, other) VALUES ('shop', 'order', 'own');"
            "INSERT INTO confirmed_totals (account, method, subject, total, order_key, code)"
            " VALUES ('shop', 'm', " +
            covered("order/code") + ", 5, 'order', " + covered("code") +
            ");"
            "INSERT INTO bans VALUES ('shop', 'm', 1, 2);"
        ));
    }
    static std::optional<covering_secret> prepare_file_keys() {
        auto secret = covering_secret::from_bytes(std::string(64, '\xaa'));
        return secret ? std::optional(std::move(*secret)) : std::nullopt;
    }
    std::optional<total_would_fall> falls(managed_journal& journal, int n, std::int64_t total) {
        record r = wish(n);
        r.method = method_name("m");
        r.account = account_name("shop");
        r.orders = {order_key("own")};
        r.totals = {
            {.subject = "own/code", .total = total, .order = r.orders.front(), .code = "code"}
        };
        const auto outcome = loop.await(journal.accept(r, std::nullopt));
        EXPECT_EQ(reason_of(outcome), "");
        const auto* higher = outcome ? std::get_if<total_would_fall>(&*outcome) : nullptr;
        return higher ? std::optional(*higher) : std::nullopt;
    }
};

TEST_F(MigrationFrom5, GivesEverythingToTheAppOfTheAccount) {
    write_version_5();
    const auto journal = open();
    EXPECT_EQ(find(*journal, 1).identity, platform_identity());
    const platform_identity app("taobao:12345678");
    ASSERT_TRUE(loop.await(journal->adopt({account_name("shop"), app})));
    for (int n = 1; n <= 3; ++n) {
        EXPECT_EQ(find(*journal, n).identity, app);
    }
    const auto confirmed = falls(*journal, 4, 4);
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(confirmed->confirmed, 5);
    EXPECT_FALSE(confirmed->in_doubt);
    EXPECT_FALSE(confirmed->by) << "that version did not say whose it was";
    const auto doubtful = falls(*journal, 4, 6);
    ASSERT_TRUE(doubtful);
    EXPECT_EQ(doubtful->confirmed, 9);
    EXPECT_TRUE(doubtful->in_doubt);
    EXPECT_EQ(doubtful->by, id_of(3));
    const auto bans = loop.await(journal->load_bans());
    ASSERT_TRUE(bans && bans->size() == 1);
    EXPECT_EQ(bans->front().identity, app);
}

}  // namespace
}  // namespace gateway::journal::testing
