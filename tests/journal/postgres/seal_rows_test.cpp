#include "journal/postgres/seal_rows.hpp"

#include <gmock/gmock.h>

#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"

// The command that seals what the tables hold in clear (docs/journal-postgres.md, Sealing).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;

class SealPostgres : public ::testing::Test {
protected:
    postgres::postgres_settings settings(const std::string& key_file) const {
        postgres::postgres_settings made;
        made.writer.connect.conninfo_file = database.conninfo_file();
        made.writer.process = {.name = "till-7", .version = "1", .key_ids = {}};
        if (!key_file.empty()) {
            made.keys = std::get<sealing_keys>(parse_sealing_keys(key_file));
        }
        return made;
    }
    std::unique_ptr<managed_journal> open(const std::string& key_file) {
        return postgres::open_postgres_journal(loop.time(), settings(key_file), probe);
    }
    // Redemptions of each table, with a result that holds a code.
    void fill(managed_journal& in, int redemptions) {
        for (int n = 1; n <= redemptions; ++n) {
            ASSERT_TRUE(is_accepted(loop.await(in.accept(wish(n), started_attempt(1, 100)))));
            if (n % 3 != 0) {
                auto end =
                    settlement_to(wish(n).id, n % 2 == 0 ? state::succeeded : state::unknown, 5000);
                end.ended = ended_attempt(1, 100);
                end.result = R"({"code":"result-code"})";
                ASSERT_EQ(reason_of(loop.await(in.settle(end))), "");
            }
        }
    }
    std::string listed(managed_journal& in) {
        list_filter filter;
        filter.limit = 1000;
        std::string all;
        const auto found = loop.await(in.list(filter));
        for (const auto& one : *found) {
            all += text_of(one);
        }
        return all;
    }
    std::string in_clear() const {
        return database.query(
            "SELECT count(*) FROM redemptions AS r LEFT JOIN open_redemptions AS o USING (id)"
            " LEFT JOIN outcomes AS e USING (id) WHERE NOT params_sealed"
            " OR position('code' in encode(coalesce(o.result, e.result, params), 'escape')) > 0"
        );
    }
    std::string seal(const std::string& key_file) {
        try {
            sealed = postgres::seal_postgres_journal(loop.time(), settings(key_file), [this](auto) {
                ++steps;
            });
        } catch (const std::runtime_error& fault) {
            return fault.what();
        }
        return "";
    }

    support::postgres_database database;
    test_loop loop;
    recording_probe probe;
    std::uint64_t sealed = 0;
    int steps = 0;
    const std::string key_a = std::string(64, 'a');
    const std::string key_b = std::string(64, 'b');
};

TEST_F(SealPostgres, LeavesNothingInClearAndEveryAnswerAlsoWhileItIsServed) {
    auto journal = open("");
    fill(*journal, 210);
    journal.reset();
    journal = open(key_a);
    ASSERT_TRUE(loop.await(journal->take(1000)));
    const auto before = listed(*journal);
    EXPECT_EQ(in_clear(), "210");

    EXPECT_EQ(seal(key_a), "");
    EXPECT_EQ(sealed, 210u);
    EXPECT_EQ(steps, 2);
    EXPECT_EQ(in_clear(), "0");
    EXPECT_EQ(listed(*journal), before);
    EXPECT_EQ(seal(key_a), "");
    EXPECT_EQ(sealed, 0u);
    auto end = settlement_to(wish(3).id, state::succeeded, 9000);
    end.ended = ended_attempt(1, 100);
    const auto settled_one = loop.await(journal->settle(end));
    EXPECT_TRUE(settled_one && std::holds_alternative<settled>(*settled_one));
}

TEST_F(SealPostgres, RefusesAKeyThatAReplicaLacks) {
    auto journal = open(key_a);
    fill(*journal, 3);
    EXPECT_THAT(seal(key_b + "\n" + key_a), HasSubstr("the replica till-7 does not have the key"));
    EXPECT_EQ(seal(key_a + "\n" + key_b), "");
}

TEST_F(SealPostgres, NeedsAKeyAndTables) {
    EXPECT_THAT(seal(""), HasSubstr("nothing to seal with"));
    EXPECT_THAT(seal(key_a), HasSubstr("its database holds none"));
}

// A replica that starts anew opens the secret with the keys that it has.
TEST_F(SealPostgres, TheSecretStaysReadableForEachReplica) {
    auto journal = open(key_a);
    const auto secret = database.query("SELECT encode(secret, 'hex') FROM journal_secret");
    auto newer = open(key_b + "\n" + key_a);
    EXPECT_EQ(database.query("SELECT encode(secret, 'hex') FROM journal_secret"), secret);
    newer.reset();
    journal.reset();
    newer = open(key_b + "\n" + key_a);
    EXPECT_NE(database.query("SELECT encode(secret, 'hex') FROM journal_secret"), secret);
}

}  // namespace
}  // namespace gateway::journal::testing
