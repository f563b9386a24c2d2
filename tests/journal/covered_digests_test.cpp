#include <gmock/gmock.h>

#include <fstream>

#include "journal/covering_secret.hpp"
#include "journal/sqlite/schema.hpp"
#include "journal/sqlite/statement.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/journal/sealed_fixture.hpp"

// A bare digest over a short code reveals the code to a search of all codes. So none is on the
// disk, neither in a new file nor in a migrated one (docs/journal.md, Covered digests).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;
using ::testing::Not;

std::string bytes_of(const fingerprint& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

class CoveredDigests : public sealed_test {
protected:
    void expect_no_digest_on_the_disk() {
        const std::string bytes = all_bytes();
        EXPECT_THAT(bytes, HasSubstr("natural-1")) << "the search itself works";
        EXPECT_EQ(bytes.find(bytes_of(wish(1).body)), std::string::npos);
        EXPECT_THAT(bytes, Not(HasSubstr("subject-1")));
        EXPECT_THAT(bytes, Not(HasSubstr("confirmed-subject")));
        EXPECT_THAT(bytes, Not(HasSubstr("wanted-code")));
        EXPECT_THAT(bytes, Not(HasSubstr("confirmed-code")));
    }
    // A file of version 1: one pending redemption, and a total of an earlier one.
    void write_file_of_version_1(const std::string& key_file) {
        std::ofstream(path()).close();
        auto db = database::open(path(), access::read_write, std::chrono::seconds(1));
        ASSERT_TRUE(db);
        ASSERT_TRUE(db->execute("PRAGMA journal_mode = WAL"));
        ASSERT_TRUE(bring_up_to_date(*db, migrations().first(1)));
        const record r = wish(1);
        std::string params(r.params.reveal());
        sql_value stored_params = std::string_view(params);
        if (const auto keys = keys_of(key_file)) {
            params = *keys->seal(r.params.reveal(), r.id.str() + "/params");
            stored_params = blob_view{params.data(), params.size()};
        }
        statement insert(
            *db,
            "INSERT INTO redemptions (id, caller, idempotency_key, body, method, account, params,"
            " natural_key, replay_safe, state, created_at, updated_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)"
        );
        const auto inserted = insert.run(
            r.id,
            r.caller,
            r.key,
            blob_view{r.body.data(), r.body.size()},
            r.method,
            r.account,
            stored_params,
            r.natural,
            r.replay_safe,
            r.created_at,
            r.updated_at,
            r.expires_at
        );
        ASSERT_TRUE(inserted) << inserted.error().reason;
        ASSERT_TRUE(db->execute(
            "INSERT INTO order_keys VALUES (1, 0, 'order_id:1'), (1, 1, 'out_order_id:1');"
            "INSERT INTO wanted_totals VALUES (1, 0, 'subject-1-a', 2), (1, 1, 'subject-1-b', 5);"
            "INSERT INTO confirmed_totals VALUES"
            " ('fliggy', 'taobao.travel.ticket.order.verify', 'confirmed-subject', 7)"
        ));
    }
    void expect_same_as_before(managed_journal& journal) {
        const auto found = loop.await(journal.find(id_of(1)));
        ASSERT_EQ(reason_of(found), "");
        record expected = wish(1);
        expected.identity = {};
        EXPECT_EQ(text_of(**found), text_of(expected));
        const auto pending = loop.await(journal.take(100));
        ASSERT_EQ(reason_of(pending), "");
        EXPECT_EQ(pending->size(), 1u);
        record again = wish(2);
        again.key = wish(1).key;
        const auto taken = loop.await(journal.accept(again, std::nullopt));
        ASSERT_TRUE(taken && std::holds_alternative<key_taken>(*taken));
        EXPECT_EQ(std::get<key_taken>(*taken).existing.body, wish(1).body);
        record less = wish(3);
        less.totals = {{"confirmed-subject", 6}};
        less.identity = {};
        const auto falls = loop.await(journal.accept(less, std::nullopt));
        ASSERT_TRUE(falls && std::holds_alternative<total_would_fall>(*falls));
        EXPECT_EQ(std::get<total_would_fall>(*falls).confirmed, 7);
    }
};

class CoveredDigestsWith : public CoveredDigests,
                           public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(, CoveredDigestsWith, ::testing::Values("", key_a), [](const auto& info) {
    return info.param.empty() ? "codes_in_clear" : "codes_sealed";
});

TEST_P(CoveredDigestsWith, AreNotOnTheDisk) {
    auto journal = open_with(GetParam());
    record wanted = wish(1);
    wanted.totals[0].code = "wanted-code";
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wanted, std::nullopt))));
    settlement done = settlement_to(id_of(1), state::succeeded, 1000);
    done.confirmed = {
        {.subject = "confirmed-subject",
         .total = 7,
         .order = order_key("order_id:1"),
         .code = "confirmed-code"}
    };
    ASSERT_EQ(reason_of(loop.await(journal->settle(done))), "");
    expect_no_digest_on_the_disk();
    journal.reset();
    expect_no_digest_on_the_disk();
}

TEST_P(CoveredDigestsWith, OfAFileOfVersion1AreCoveredAndMeanTheSame) {
    write_file_of_version_1(GetParam());
    auto journal = open_with(GetParam());
    expect_same_as_before(*journal);
    journal.reset();
    expect_no_digest_on_the_disk();
    expect_same_as_before(*open_with(GetParam()));
}

// The secret of a migrated file may be sealed only with a key that opens the sealed rows.
TEST_F(CoveredDigests, OfAFileOfVersion1WaitForItsKey) {
    write_file_of_version_1(key_a);
    for (const std::string& other : {std::string(), key_b}) {
        EXPECT_THAT(
            refusal_with(other),
            HasSubstr("its newest sealed redemption was sealed with key e0e77a50, which is not")
        );
    }
    expect_same_as_before(*open_with(key_a));
}

TEST_F(CoveredDigests, OfAnotherFileAreRefused) {
    const covering_secret one = covering_secret::draw();
    const covering_secret other = covering_secret::draw();
    const std::string digest(32, 'd');
    const std::string covered = *one.cover(digest);
    EXPECT_EQ(*one.cover(digest), covered) << "or it could not be searched for";
    EXPECT_EQ(*one.uncover(covered), digest);
    EXPECT_NE(*other.cover(digest), covered);
    EXPECT_FALSE(other.uncover(covered));
    for (std::size_t i = 0; i < covered.size(); ++i) {
        std::string changed = covered;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(one.uncover(changed)) << "byte " << i;
    }
    EXPECT_FALSE(one.uncover(""));
    EXPECT_FALSE(one.uncover(covered.substr(0, 16)));
}

TEST_F(CoveredDigests, ThatWereChangedFailNoList) {
    auto journal = open_with("");
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(2), std::nullopt))));
    auto tool = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(tool->execute("UPDATE redemptions SET body = x'0102' WHERE seq = 1"));
    EXPECT_THAT(
        reason_of(loop.await(journal->find(id_of(1)))), HasSubstr("changed or belongs to another")
    );
    const auto found = loop.await(journal->list({}));
    ASSERT_EQ(reason_of(found), "");
    EXPECT_EQ(found->size(), 2u);
    EXPECT_EQ(probe.unreadable_rows, 1u);
}

}  // namespace
}  // namespace gateway::journal::testing
