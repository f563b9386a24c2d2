#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "journal/sqlite/database.hpp"
#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// While the disk fails, every write is answered with the reason; when it recovers, so does the
// journal (docs/journal.md, Journal trouble).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;

class JournalTrouble : public sqlite_test {
protected:
    auto accept(int n) { return loop.await(journal->accept(wish(n), started_attempt(1, 0))); }
    bool holds(int n) {
        auto found = loop.await(journal->find(id_of(n)));
        EXPECT_EQ(reason_of(found), "");
        return found && found->has_value();
    }
    void expect_trouble(const std::string& reason) {
        ASSERT_TRUE(journal->trouble());
        EXPECT_THAT(journal->trouble()->reason, HasSubstr(reason));
        ASSERT_FALSE(probe.faults.empty());
        EXPECT_EQ(probe.faults.back(), journal->trouble()->reason);
    }
    // The wish that was answered with an error is not there, and the same wish is accepted now.
    void expect_recovered_with(int n) {
        EXPECT_FALSE(holds(n));
        EXPECT_TRUE(is_accepted(accept(n)));
        EXPECT_FALSE(journal->trouble());
        EXPECT_TRUE(holds(n));
    }
    void reopen() {
        journal.reset();
        journal = open();
    }

    fault_vfs disk;
    std::unique_ptr<managed_journal> journal = open();
};

struct fault_row {
    const char* name;
    void (fault_vfs::*begin)(int code);
    int code;
    const char* reason;
};

const fault_row fault_rows[] = {
    {"DiskFull", &fault_vfs::fail_writes, SQLITE_FULL, "the journal's disk is full"},
    {"WriteError",
     &fault_vfs::fail_writes,
     SQLITE_IOERR_WRITE,
     "the journal's disk reported an error"},
    {"ReadOnly", &fault_vfs::fail_writes, SQLITE_READONLY, "the journal file is read-only"},
    {"FlushError",
     &fault_vfs::fail_flushes,
     SQLITE_IOERR_FSYNC,
     "the journal's disk reported an error"},
};

class JournalDiskFault : public JournalTrouble, public ::testing::WithParamInterface<fault_row> {};
INSTANTIATE_TEST_SUITE_P(
    Each,
    JournalDiskFault,
    ::testing::ValuesIn(fault_rows),
    [](const auto& info) { return info.param.name; }
);

TEST_P(JournalDiskFault, AnswersWithTheReasonAndRecoversByItself) {
    ASSERT_TRUE(is_accepted(accept(1)));
    (disk.*GetParam().begin)(GetParam().code);
    EXPECT_THAT(reason_of(accept(2)), HasSubstr(GetParam().reason));
    expect_trouble(GetParam().reason);
    EXPECT_THAT(reason_of(accept(3)), HasSubstr(GetParam().reason)) << "a second try";
    EXPECT_TRUE(holds(1)) << "reads still work";

    (disk.*GetParam().begin)(SQLITE_OK);
    expect_recovered_with(2);
    reopen();
    EXPECT_TRUE(holds(1));
    EXPECT_TRUE(holds(2));
    EXPECT_FALSE(holds(3));
}

TEST_P(JournalDiskFault, IsClearedByAProbe) {
    (disk.*GetParam().begin)(GetParam().code);
    EXPECT_THAT(reason_of(loop.await(journal->probe())), HasSubstr(GetParam().reason));
    expect_trouble(GetParam().reason);
    (disk.*GetParam().begin)(SQLITE_OK);
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    EXPECT_FALSE(journal->trouble());
}

TEST_P(JournalDiskFault, FailsTheWholeBatch) {
    (disk.*GetParam().begin)(GetParam().code);
    std::vector<journal_result<accept_outcome>> results;
    for (int n = 1; n <= 100; ++n) {
        loop.start(journal->accept(wish(n), std::nullopt), results);
    }
    loop.run();
    ASSERT_EQ(results.size(), 100u);
    for (const auto& result : results) {
        EXPECT_THAT(reason_of(result), HasSubstr(GetParam().reason));
    }
    (disk.*GetParam().begin)(SQLITE_OK);
    expect_recovered_with(50);
}

TEST_P(JournalDiskFault, TakesAResultThatIsOfferedAgain) {
    ASSERT_TRUE(is_accepted(accept(1)));
    settlement done = settlement_to(id_of(1), state::succeeded, 1000);
    done.ended = ended_attempt(1, 0);
    done.confirmed = {{"subject", 4}};
    (disk.*GetParam().begin)(GetParam().code);
    EXPECT_NE(reason_of(loop.await(journal->settle(done))), "");
    auto before = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(before && *before);
    EXPECT_EQ((*before)->state, state::pending);
    (disk.*GetParam().begin)(SQLITE_OK);
    EXPECT_EQ(reason_of(loop.await(journal->settle(done))), "");
    reopen();
    auto after = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(after && *after);
    EXPECT_EQ((*after)->state, state::succeeded);
}

TEST_F(JournalTrouble, StaysWhileTheFileCannotBeOpenedAgain) {
    disk.fail_flushes(SQLITE_IOERR_FSYNC);
    EXPECT_NE(reason_of(accept(1)), "");
    disk.fail_flushes(SQLITE_OK);
    disk.fail_opens(SQLITE_CANTOPEN);
    EXPECT_EQ(reason_of(accept(1)), "the journal file cannot be opened");
    expect_trouble("cannot be opened");
    disk.fail_opens(SQLITE_OK);
    expect_recovered_with(1);
}

TEST_F(JournalTrouble, EndsWhenTheFileSystemIsWritableAgain) {
    disk.fail_writes(SQLITE_IOERR_WRITE);
    EXPECT_NE(reason_of(accept(1)), "");
    disk.fail_writes(SQLITE_OK);
    disk.open_read_only(true);
    EXPECT_EQ(reason_of(accept(1)), "the journal file is read-only");
    expect_trouble("read-only");
    disk.open_read_only(false);
    expect_recovered_with(1);
}

TEST_F(JournalTrouble, StartsWithAForeignLock) {
    auto foreign = database::open(path(), access::read_write, std::chrono::milliseconds(0));
    ASSERT_TRUE(foreign);
    ASSERT_TRUE(foreign->execute("BEGIN IMMEDIATE"));
    EXPECT_EQ(reason_of(accept(1)), "the journal file is locked by another process");
    expect_trouble("locked by another process");
    ASSERT_TRUE(foreign->execute("COMMIT"));
    expect_recovered_with(1);
}

TEST_F(JournalTrouble, StartsWithAFileThatWasMovedAway) {
    std::filesystem::rename(path(), path() + ".away");
    EXPECT_THAT(reason_of(accept(1)), HasSubstr("the journal file was moved or deleted while in"));
    expect_trouble("moved or deleted");
    std::filesystem::rename(path() + ".away", path());
    expect_recovered_with(1);
}

TEST_F(JournalTrouble, EndsWhenABrokenSchemaIsRepaired) {
    auto tool = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(tool);
    ASSERT_TRUE(tool->execute("ALTER TABLE attempts RENAME TO hidden"));
    EXPECT_THAT(reason_of(accept(1)), HasSubstr("no such table"));
    expect_trouble("no such table");
    ASSERT_TRUE(tool->execute("ALTER TABLE hidden RENAME TO attempts"));
    expect_recovered_with(1);
}

TEST_F(JournalTrouble, StartsWithAFullDisk) {
    const std::string small = folder.file("small");
    std::filesystem::create_directory(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=2m") != 0) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    sqlite_settings there = settings();
    there.path = small + "/journal.db";
    journal = open_sqlite_journal(loop.time(), there, probe);
    std::ofstream(small + "/ballast") << std::string(1'000'000, 'x');
    record large = wish(0);
    journal_result<accept_outcome> result;
    int n = 0;
    do {
        large = wish(++n);
        large.params = redemption::params_text(std::string(50'000, 'x'));
        result = loop.await(journal->accept(large, std::nullopt));
    } while (result && n < 100);
    EXPECT_EQ(reason_of(result), "the journal's disk is full");
    expect_trouble("the journal's disk is full");
    EXPECT_TRUE(holds(n - 1));

    std::filesystem::remove(small + "/ballast");
    expect_recovered_with(n);
    EXPECT_TRUE(holds(1));
    journal.reset();
    EXPECT_EQ(::umount(small.c_str()), 0);
}

}  // namespace
}  // namespace gateway::journal::testing
