#include <gmock/gmock.h>

#include <fstream>

#include "journal/sqlite/database.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/journal/sealed_fixture.hpp"

// A journal whose codes are sealed: nothing readable on disk, keys that change, and never garbage.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string id_of_a = "e0e77a50";  // SHA-256 of 32 bytes 0xaa begins so

class SealedJournal : public sealed_test {
protected:
    std::string kind_of_secret() {
        auto db = database::open(path(), access::read_only, std::chrono::seconds(1));
        return *db->text("SELECT typeof(secret) FROM file_secret");
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
            return std::string(found.error().reason);
        }
        return *found ? texts_of(**found) : "none";
    }
    static std::string texts_of(const record& r) {
        return std::string(r.params.reveal()) + r.result;
    }
    static std::string clear(int n) {
        return std::string(wish(n).params.reveal()) + R"({"resp_body":"result-code"})";
    }
};

TEST_F(SealedJournal, ReadsBackWhatItStored) {
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

TEST_F(SealedJournal, ReadsRowsInClearAfterAKeyWasAdded) {
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

TEST_F(SealedJournal, ProvesItsKeyWhenItOpens) {
    open_with(key_a);
    for (const std::string& other : {std::string(), key_b}) {
        const std::string said = refusal_with(other);
        EXPECT_THAT(said, HasSubstr("its secret can't be read: it was sealed with key " + id_of_a));
        EXPECT_THAT(said, Not(HasSubstr(other.empty() ? key_a : key_b)));
    }
    EXPECT_EQ(refusal_with(key_a), "");
}

TEST_F(SealedJournal, IsSealedFromTheStartThatFirstHasAKey) {
    put(*open_with(""), 1);
    EXPECT_EQ(kind_of_secret(), "text");
    open_with(key_a);
    EXPECT_EQ(kind_of_secret(), "blob");
    EXPECT_THAT(refusal_with(""), HasSubstr("no key is configured"));
    EXPECT_EQ(read(*open_with(key_a), 1), clear(1));
}

TEST_F(SealedJournal, IsSealedAnewWhenKeysChange) {
    open_with(key_a);
    open_with(key_b + "\n" + key_a);
    EXPECT_THAT(refusal_with(key_a), HasSubstr("which is not configured"));
    EXPECT_EQ(refusal_with(key_b), "");
}

TEST_F(SealedJournal, DoesNotStartWithoutTheKeyOfWhatIsPending) {
    const record pending = wish(1);
    ASSERT_TRUE(is_accepted(loop.await(open_with(key_a)->accept(pending, std::nullopt))));
    open_with(key_b + "\n" + key_a);
    EXPECT_THAT(
        refusal_with(key_b),
        HasSubstr(
            "1 of its pending redemptions are sealed with key " + id_of_a +
            ", which is not configured"
        )
    );
    EXPECT_EQ(read(*open_with(key_b + "\n" + key_a), 1), pending.params.reveal());
}

// The file opens with its newer key; what only the older one opens is final.
class SealedJournalWithoutAnOldKey : public SealedJournal {
protected:
    SealedJournalWithoutAnOldKey() {
        put(*open_with(key_a), 1);
        put(*open_with(key_b + "\n" + key_a), 2);
        journal = open_with(key_b);
    }

    std::unique_ptr<managed_journal> journal;
};

TEST_F(SealedJournalWithoutAnOldKey, NamesItInsteadOfGivingGarbage) {
    EXPECT_THAT(read(*journal, 1), HasSubstr("sealed with key " + id_of_a));
    EXPECT_THAT(read(*journal, 1), HasSubstr("which is not configured"));
    EXPECT_THAT(read(*journal, 1), HasSubstr(id_of(1).str()));
    EXPECT_EQ(read(*journal, 2), clear(2));
}

TEST_F(SealedJournalWithoutAnOldKey, ListsTheOthersAndSaysWhatIsMissing) {
    const auto found = loop.await(journal->list({}));
    ASSERT_EQ(reason_of(found), "");
    ASSERT_EQ(found->size(), 2u);
    EXPECT_EQ(texts_of((*found)[0]), clear(2));
    EXPECT_FALSE((*found)[0].error);
    const record& sealed = (*found)[1];
    EXPECT_EQ(sealed.id, id_of(1));
    EXPECT_EQ(sealed.state, state::succeeded);
    EXPECT_EQ(texts_of(sealed), "");
    ASSERT_TRUE(sealed.error);
    EXPECT_THAT(sealed.error->detail, HasSubstr("sealed with key " + id_of_a));
    EXPECT_EQ(probe.unreadable_rows, 1u);
    EXPECT_THAT(probe.faults_of_rows, ::testing::ElementsAre(sealed.error->detail));
}

TEST_F(SealedJournalWithoutAnOldKey, IsNotInTrouble) {
    record same = wish(3);
    same.key = wish(1).key;
    EXPECT_THAT(
        reason_of(loop.await(journal->accept(same, std::nullopt))), HasSubstr("not configured")
    );
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(is_accepted(loop.await(journal->accept(wish(4), std::nullopt))));
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
