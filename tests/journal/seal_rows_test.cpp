#include <gmock/gmock.h>

#include <algorithm>

#include "journal/sqlite/database.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/journal/sealed_fixture.hpp"

// Rows from before the encryption key are counted, and sealed by a command of its own
// (docs/journal.md, Sealing).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;
using ::testing::Not;

class SealRows : public sealed_test {
protected:
    static settlement success(int n) {
        settlement done = settlement_to(id_of(n), state::succeeded, 1000);
        done.result = R"({"resp_body":"result-code"})";
        return done;
    }
    void put(managed_journal& journal, int n) {
        ASSERT_TRUE(is_accepted(loop.await(journal.accept(wish(n), std::nullopt))));
        ASSERT_EQ(reason_of(loop.await(journal.settle(success(n)))), "");
    }
    void put_in_clear(int from, int to) {
        auto journal = open_with("");
        std::vector<journal_result<accept_outcome>> accepted;
        std::vector<journal_result<settle_outcome>> settled;
        for (int n = from; n <= to; ++n) {
            loop.start(journal->accept(wish(n), std::nullopt), accepted);
            loop.start(journal->settle(success(n)), settled);
        }
        loop.run();
        EXPECT_TRUE(std::all_of(accepted.begin(), accepted.end(), is_accepted));
        EXPECT_EQ(settled.size(), static_cast<std::size_t>(to - from + 1));
    }
    std::string refusal_to_seal(const std::string& key_file) {
        try {
            seal_sqlite_journal(settings_with(key_file), [](std::uint64_t) {});
        } catch (const std::runtime_error& why) {
            return why.what();
        }
        return "";
    }
    std::uint64_t seal() {
        return seal_sqlite_journal(settings_with(key_a), [this](std::uint64_t so_far) {
            steps.push_back(so_far);
        });
    }

    std::uint64_t count_in_clear(managed_journal& journal) {
        std::uint64_t count = 0;
        for (std::optional<std::int64_t> after = 0; after;) {
            const auto step = loop.await(journal.count_in_clear(*after));
            EXPECT_EQ(reason_of(step), "");
            ++counts;
            count += step->count;
            after = step->next;
        }
        return count;
    }
    std::uint64_t count_in_clear() { return count_in_clear(*open_with(key_a)); }

    std::vector<std::uint64_t> steps;
    int counts = 0;
};

TEST_F(SealRows, LeavesNothingInClear) {
    put_in_clear(1, 450);
    EXPECT_THAT(all_bytes(), HasSubstr("secret-code"));
    EXPECT_EQ(count_in_clear(), 450U);
    EXPECT_EQ(seal(), 450U);
    EXPECT_EQ(steps, (std::vector<std::uint64_t>{200, 400, 450}));
    EXPECT_EQ(count_in_clear(), 0U);
    EXPECT_THAT(all_bytes(), Not(HasSubstr("secret-code")));
    EXPECT_THAT(all_bytes(), Not(HasSubstr("result-code")));

    auto journal = open_with(key_a);
    auto found = loop.await(journal->find(id_of(450)));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->params.reveal(), wish(450).params.reveal());
    EXPECT_EQ((*found)->result, R"({"resp_body":"result-code"})");
}

TEST_F(SealRows, LeavesSealedOnesAsTheyAre) {
    put_in_clear(1, 2);
    put(*open_with(key_a), 3);
    EXPECT_EQ(count_in_clear(), 2U);
    EXPECT_EQ(seal(), 2U);
    EXPECT_EQ(seal(), 0U) << "again";
    EXPECT_EQ(refusal_with(key_a), "");
}

// Callers' look-ups wait for a step, and so does the end of the process.
TEST_F(SealRows, CountsInShortSteps) {
    put_in_clear(1, 1001);
    auto journal = open_with(key_a);
    put(*journal, 1002);
    EXPECT_EQ(count_in_clear(*journal), 1001U);
    EXPECT_EQ(counts, 2);
}

TEST_F(SealRows, NeedsAKeyAndAJournalOfItsOwn) {
    EXPECT_THAT(refusal_to_seal(key_a), HasSubstr("there is none"));
    put_in_clear(1, 1);
    EXPECT_THAT(refusal_to_seal(""), HasSubstr("nothing to seal with"));
    auto owner = open_with("");
    EXPECT_THAT(refusal_to_seal(key_a), HasSubstr("in use by another gateway process"));
    EXPECT_EQ(count_in_clear(*owner), 0U) << "without a key there is nothing to seal";
}

// Its log may hold old texts for as long as a reader needs it.
TEST_F(SealRows, SaysWhenAReaderKeepsTextsInClear) {
    put_in_clear(1, 1);
    auto tool = database::open(path(), access::read_only, std::chrono::milliseconds(0));
    ASSERT_TRUE(tool && tool->execute("BEGIN; SELECT count(*) FROM redemptions"));
    EXPECT_THAT(refusal_to_seal(key_a), HasSubstr("another process reads it"));
    ASSERT_TRUE(tool->execute("COMMIT"));
    EXPECT_EQ(seal(), 0U);
    EXPECT_THAT(all_bytes(), Not(HasSubstr("secret-code")));
}

}  // namespace
}  // namespace gateway::journal::testing
