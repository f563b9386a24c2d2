#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "journal/sqlite/database.hpp"
#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// The files that durability rests on are watched (docs/journal.md, The files).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class JournalFiles : public sqlite_test {
protected:
    auto accept(int n) { return loop.await(journal->accept(wish(n), std::nullopt)); }
    // The redemptions that a start would find if the process were killed now. A file counts only
    // while its name still leads to it.
    std::int64_t found_after_a_kill() {
        const std::string at = folder.file("found.db");
        fs::copy_file(path(), at, fs::copy_options::overwrite_existing);
        fs::remove(at + "-wal");
        if (fs::exists(path() + "-wal")) {
            fs::copy_file(path() + "-wal", at + "-wal");
        }
        auto db = database::open(at, access::read_write, std::chrono::milliseconds(0));
        return *db->integer("SELECT count(*) FROM redemptions");
    }
    std::string content(const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    std::unique_ptr<managed_journal> journal = open();
};

struct loss_row {
    const char* name;
    const char* file;
    void (*lose)(const std::string& file);
    const char* reason;
};

// What ends the trouble.
constexpr const char* put_log_back =
    "(-wal) was removed or replaced while in use; put it back, or restart the gateway";

const loss_row losses[] = {
    {"log_removed", "-wal", [](const std::string& file) { fs::remove(file); }, put_log_back},
    {"log_moved",
     "-wal",
     [](const std::string& file) { fs::rename(file, file + ".away"); },
     put_log_back},
    {"log_replaced_by_a_copy",
     "-wal",
     [](const std::string& file) {
         fs::copy_file(file, file + ".copy");
         fs::rename(file + ".copy", file);
     },
     put_log_back},
    {"index_removed",
     "-shm",
     [](const std::string& file) { fs::remove(file); },
     "(-shm) was removed or replaced while in use; put it back, or restart the gateway"},
    {"journal_removed",
     "",
     [](const std::string& file) { fs::remove(file); },
     "moved or deleted while in use; do not restart the gateway before it is back"},
};

class JournalFilesLost : public JournalFiles, public ::testing::WithParamInterface<loss_row> {};
INSTANTIATE_TEST_SUITE_P(, JournalFilesLost, ::testing::ValuesIn(losses), [](const auto& info) {
    return info.param.name;
});

TEST_P(JournalFilesLost, AreTroubleAndNothingMoreIsAccepted) {
    ASSERT_TRUE(is_accepted(accept(1)));
    GetParam().lose(path() + GetParam().file);
    EXPECT_THAT(reason_of(accept(2)), HasSubstr(GetParam().reason));
    ASSERT_TRUE(journal->trouble());
    EXPECT_THAT(journal->trouble()->reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(reason_of(loop.await(journal->storage())), HasSubstr(GetParam().reason));
    EXPECT_THAT(reason_of(loop.await(journal->probe())), HasSubstr(GetParam().reason));
    EXPECT_TRUE(*loop.await(journal->find(id_of(1)))) << "answers given before are replayed";
}

TEST_F(JournalFiles, KeepsWhatWasConfirmedWhenItsLogIsRemoved) {
    ASSERT_TRUE(is_accepted(accept(1)));
    fs::remove(path() + "-wal");
    EXPECT_NE(reason_of(accept(2)), "");
    EXPECT_EQ(found_after_a_kill(), 1);
}

TEST_F(JournalFiles, KeepsWhatWasConfirmedWhenItCloses) {
    ASSERT_TRUE(is_accepted(accept(1)));
    fs::remove(path() + "-wal");
    journal->close();
    EXPECT_EQ(found_after_a_kill(), 1);
}

TEST_F(JournalFiles, WorksAgainWhenTheLogIsMovedBack) {
    ASSERT_TRUE(is_accepted(accept(1)));
    fs::rename(path() + "-wal", path() + "-wal.away");
    EXPECT_NE(reason_of(accept(2)), "");
    fs::rename(path() + "-wal.away", path() + "-wal");
    EXPECT_TRUE(is_accepted(accept(2)));
    EXPECT_FALSE(journal->trouble());
    EXPECT_EQ(found_after_a_kill(), 2);
}

// The commit is done, but into a file that the next start may not find.
class JournalFilesLostInACommit : public sqlite_test {
protected:
    ~JournalFilesLostInACommit() override { disk.before_flush(nullptr); }

    // An acceptance during whose flush the journal is moved away.
    void begin_acceptance() {
        disk.before_flush([this] {
            if (fs::exists(path())) {
                fs::rename(path(), path() + ".away");
            }
        });
        loop.start(journal->accept(wish(1), std::nullopt), results);
        loop.run_until([this] { return journal->trouble().has_value(); });
        disk.before_flush(nullptr);
        std::vector<journal_result<void>> proofs;
        loop.start(journal->probe(), proofs);
        loop.run_until([&] { return !proofs.empty(); });
        EXPECT_NE(reason_of(proofs[0]), "");
    }
    void move_back() { fs::rename(path() + ".away", path()); }

    fault_vfs disk;
    std::unique_ptr<managed_journal> journal = open();
    std::vector<journal_result<accept_outcome>> results;
};

// Nothing pending may be without a driver, so what the process shows is not answered as failed.
TEST_F(JournalFilesLostInACommit, AnswerWhenTheyAreBack) {
    begin_acceptance();
    EXPECT_TRUE(results.empty());
    move_back();
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    ASSERT_EQ(results.size(), 1u);
    EXPECT_TRUE(is_accepted(results[0]));
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(*loop.await(journal->find(id_of(1))));
}

TEST_F(JournalFilesLostInACommit, AnswerInDoubtWhenTheJournalIsClosedBefore) {
    begin_acceptance();
    journal->close();
    loop.run();
    ASSERT_EQ(results.size(), 1u);
    ASSERT_TRUE(results[0].has_error());
    EXPECT_TRUE(results[0].error().in_doubt);
    journal.reset();
    move_back();
    journal = open();
    EXPECT_TRUE(*loop.await(journal->find(id_of(1))));
}

TEST_F(JournalFilesLostInACommit, AnswerWhenTheyAreBackBeforeTheJournalIsClosed) {
    begin_acceptance();
    move_back();
    journal->close();
    loop.run();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_TRUE(is_accepted(results[0]));
}

// A volume was replaced under the old process, and a new one works on the new files by now.
TEST_F(JournalFiles, OfAnotherProcessOutliveTheOldOnesEnd) {
    ASSERT_TRUE(is_accepted(accept(1)));
    fs::create_directory(folder.file("away"));
    for (const char* end : {"", "-wal", "-shm"}) {
        fs::rename(path() + end, folder.file("away/journal.db") + end);
    }
    auto next = open();
    ASSERT_TRUE(is_accepted(loop.await(next->accept(wish(7), std::nullopt))));
    const auto log_before = content(path() + "-wal");
    ASSERT_FALSE(log_before.empty());
    journal.reset();
    EXPECT_EQ(content(path() + "-wal"), log_before);
    EXPECT_EQ(found_after_a_kill(), 1);
    EXPECT_TRUE(is_accepted(loop.await(next->accept(wish(8), std::nullopt))));
}

// Only the log was replaced; the journal itself is still the old process's.
TEST_F(JournalFiles, ReplacedByAnotherLogAreNotRemoved) {
    ASSERT_TRUE(is_accepted(accept(1)));
    fs::remove(path() + "-wal");
    std::ofstream(path() + "-wal") << "another process's";
    journal.reset();
    EXPECT_EQ(content(path() + "-wal"), "another process's");
}

TEST_F(JournalFiles, ThatHadToBeCreatedAreSaidToBe) {
    EXPECT_TRUE(journal->is_new());
    const auto created = journal->created_at();
    ASSERT_TRUE(created);
    EXPECT_LE(*created, loop.time().wall_now());
    EXPECT_GT(*created, loop.time().wall_now() - std::chrono::minutes(10));
    ASSERT_TRUE(is_accepted(accept(1)));
    journal.reset();
    journal = open();
    EXPECT_FALSE(journal->is_new());
    EXPECT_EQ(journal->created_at(), created) << "a restart does not hide it";
}

// After a crash the log holds the newest commits; a journal that was closed has an empty one.
class JournalLogMissing : public JournalFiles {
protected:
    // Opens the file and says whether it was told that there is no log.
    bool told_at_a_start() {
        bool told = false;
        sqlite_settings given = settings();
        given.must_exist = must_exist;
        given.on_missing_log = [&told] {
            told = true;
        };
        journal.reset();
        journal = open_sqlite_journal(loop.time(), given, probe);
        return told;
    }
    bool must_exist = false;
};

TEST_F(JournalLogMissing, IsSaidAtTheStart) {
    ASSERT_TRUE(is_accepted(accept(1)));
    for (const bool strict : {false, true}) {
        must_exist = strict;
        EXPECT_FALSE(told_at_a_start()) << "it was closed in order";
        journal.reset();
        fs::remove(path() + "-wal");
        EXPECT_TRUE(told_at_a_start());
        EXPECT_FALSE(told_at_a_start());
    }
}

TEST_F(JournalLogMissing, IsSaidThoughTheOpeningFails) {
    journal.reset();
    fs::remove(path() + "-wal");
    {
        auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
        ASSERT_TRUE(db && db->execute("PRAGMA user_version = 1000"));
    }
    ASSERT_FALSE(fs::exists(path() + "-wal")) << "another tool closed it";
    bool told = false;
    sqlite_settings given = settings();
    given.on_missing_log = [&told] {
        told = true;
    };
    EXPECT_THAT(refusal(given), HasSubstr("newer version"));
    EXPECT_TRUE(told);
}

TEST_F(JournalLogMissing, IsNotSaidOfAJournalThatNeverHadOne) {
    sqlite_settings given = settings();
    bool told = false;
    given.on_missing_log = [&told] {
        told = true;
    };
    given.path = folder.file("new.db");
    EXPECT_EQ(refusal(given), "");
    EXPECT_FALSE(told) << "it was created";
    auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
    given.path = folder.file("copy.db");
    ASSERT_TRUE(db && db->execute("VACUUM INTO '" + given.path + "'"));
    EXPECT_EQ(refusal(given), "");
    EXPECT_FALSE(told) << "it is a copy by VACUUM INTO";
}

// The process that began to create it was killed.
TEST_F(JournalFiles, ThatHoldNothingYetAreCreatedNow) {
    journal.reset();
    {
        auto db = database::open(path(), access::read_write, std::chrono::milliseconds(0));
        ASSERT_TRUE(db && db->execute("UPDATE birth SET created_at = NULL"));
    }
    journal = open();
    EXPECT_TRUE(journal->created_at());
}

TEST_F(JournalFiles, ThatMustExistAreNotCreated) {
    sqlite_settings strict = settings();
    strict.must_exist = true;
    journal.reset();
    EXPECT_EQ(refusal(strict), "");
    strict.path = folder.file("other.db");
    EXPECT_THAT(refusal(strict), HasSubstr("journal.must_exist"));
    EXPECT_FALSE(fs::exists(strict.path));
    std::ofstream(strict.path).close();
    EXPECT_THAT(refusal(strict), HasSubstr("journal.must_exist")) << "an empty file is none";
}

// A reason for callers and /readyz names no file of the machine.
TEST_F(JournalFiles, AreNamedByNoReason) {
    EXPECT_THAT(refusal(path()), ::testing::Not(HasSubstr(path())));
    EXPECT_THAT(refusal(folder.file("none/j.db")), ::testing::Not(HasSubstr(folder.file(""))));
}

}  // namespace
}  // namespace gateway::journal::testing
