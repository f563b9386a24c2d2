#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "journal/sqlite_database.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// A journal whose codes are sealed: nothing readable on disk, keys that change, and never garbage.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string key_a(64, 'a');
const std::string key_b(64, 'b');

class SealedJournal : public sqlite_test {
protected:
    std::unique_ptr<managed_journal> open_with(const std::string& key_file) {
        sqlite_settings s = settings();
        if (!key_file.empty()) {
            s.keys = std::get<sealing_keys>(parse_sealing_keys(key_file));
        }
        return open_sqlite_journal(loop.executor(), s, probe);
    }
    // Accepts and succeeds with a result that holds a code.
    void put(managed_journal& journal, int n) {
        ASSERT_TRUE(is_accepted(loop.await(journal.accept(wish(n), std::nullopt))));
        settlement done = settlement_to(id_of(n), state::succeeded, 1000);
        done.result = R"({"resp_body":"result-code"})";
        ASSERT_EQ(reason_of(loop.await(journal.settle(done))), "");
    }
    std::string read(managed_journal& journal, int n) {
        auto found = loop.await(journal.find(id_of(n)));
        if (!found) {
            return found.error().reason;
        }
        return *found ? (*found)->params + (*found)->result : "none";
    }
    static std::string clear(int n) { return wish(n).params + R"({"resp_body":"result-code"})"; }
    std::string all_bytes() {
        std::string bytes;
        for (const char* end : {"", "-wal"}) {
            std::ifstream file(path() + end, std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return bytes;
    }
};

TEST_F(SealedJournal, GivesBackWhatItTook) {
    put(*open_with(key_a), 1);
    EXPECT_EQ(read(*open_with(key_a), 1), clear(1));
}

TEST_F(SealedJournal, LeavesNoCodeOnTheDisk) {
    auto journal = open_with(key_a);
    put(*journal, 1);
    EXPECT_THAT(all_bytes(), Not(HasSubstr("secret-code")));
    EXPECT_THAT(all_bytes(), Not(HasSubstr("result-code")));
    EXPECT_THAT(all_bytes(), HasSubstr("natural-1")) << "the search itself works";
}

TEST_F(SealedJournal, ReadsOldRowsInClearAfterAKeyCame) {
    put(*open_with(""), 1);
    auto journal = open_with(key_a);
    EXPECT_EQ(read(*journal, 1), clear(1));
    put(*journal, 2);
    EXPECT_EQ(read(*journal, 2), clear(2));
}

TEST_F(SealedJournal, ReadsRowsOfAnOlderKey) {
    put(*open_with(key_a), 1);
    auto journal = open_with(key_b + "\n" + key_a);
    put(*journal, 2);
    EXPECT_EQ(read(*journal, 1), clear(1));
    journal.reset();
    EXPECT_EQ(read(*open_with(key_b), 2), clear(2));
}

TEST_F(SealedJournal, NamesTheMissingKeyInsteadOfGivingGarbage) {
    put(*open_with(key_a), 1);
    auto other = open_with(key_b);
    EXPECT_THAT(read(*other, 1), HasSubstr("which is not configured"));
    EXPECT_THAT(read(*other, 1), HasSubstr(id_of(1).str()));
    EXPECT_THAT(reason_of(loop.await(other->list({}))), HasSubstr("which is not configured"));
    other.reset();
    EXPECT_THAT(read(*open_with(""), 1), HasSubstr("no key is configured"));
}

TEST_F(SealedJournal, IsNotInTroubleForARowItCannotRead) {
    put(*open_with(key_a), 1);
    auto other = open_with(key_b);
    record same = wish(2);
    same.key = wish(1).key;
    EXPECT_THAT(
        reason_of(loop.await(other->accept(same, std::nullopt))), HasSubstr("not configured")
    );
    EXPECT_FALSE(other->trouble());
    EXPECT_TRUE(is_accepted(loop.await(other->accept(wish(3), std::nullopt))));
}

TEST_F(SealedJournal, NoticesRowsThatWereChangedOrSwapped) {
    auto journal = open_with(key_a);
    put(*journal, 1);
    put(*journal, 2);
    put(*journal, 3);
    put(*journal, 4);
    auto db = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(db);
    const char* swap =
        "UPDATE redemptions SET params = (SELECT params FROM redemptions WHERE seq = 2)"
        " WHERE seq = 1;"
        "UPDATE redemptions SET params = result, result = params WHERE seq = 4;"
        "UPDATE redemptions SET result = substr(result, 1, 40) WHERE seq = 3";
    ASSERT_TRUE(db->execute(swap));
    EXPECT_THAT(read(*journal, 1), HasSubstr("was changed or belongs elsewhere"));
    EXPECT_EQ(read(*journal, 2), clear(2));
    EXPECT_THAT(read(*journal, 3), HasSubstr("was changed"));
    EXPECT_THAT(read(*journal, 4), HasSubstr("was changed")) << "columns of one redemption";
}

}  // namespace
}  // namespace gateway::journal::testing
