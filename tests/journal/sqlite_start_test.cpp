#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "journal/sqlite/database.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// The files that an opening refuses, with one sentence each, and leaves alone.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;

using SqliteStart = sqlite_test;

TEST_F(SqliteStart, CreatesTheFileForItsOwnerOnly) {
    ASSERT_EQ(refusal(path()), "");
    struct stat info{};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST_F(SqliteStart, RefusesAMissingFolder) {
    EXPECT_THAT(refusal(folder.file("none/journal.db")), HasSubstr("its folder does not exist"));
}

TEST_F(SqliteStart, RefusesAPathThatIsAFolder) {
    std::filesystem::create_directory(path());
    EXPECT_THAT(refusal(path()), HasSubstr("can't be opened for writing"));
}

TEST_F(SqliteStart, RefusesAFileThatIsNoDatabase) {
    const std::string text(5000, 'x');
    std::ofstream(path()) << text;
    EXPECT_THAT(refusal(path()), HasSubstr("the file is not a database"));
    EXPECT_EQ(std::filesystem::file_size(path()), 5000u) << "untouched";
}

TEST_F(SqliteStart, RefusesAFileOfANewerVersion) {
    ASSERT_EQ(refusal(path()), "");
    auto db = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("PRAGMA user_version = 99"));
    EXPECT_THAT(refusal(path()), HasSubstr("written by a newer version of the gateway (schema 99"));
}

TEST_F(SqliteStart, RefusesADatabaseOfAnotherApplication) {
    std::ofstream(path()).close();
    auto db = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->execute("CREATE TABLE theirs (x)"));
    EXPECT_THAT(refusal(path()), HasSubstr("another application"));
}

TEST_F(SqliteStart, RefusesAFileWithASecondName) {
    ASSERT_EQ(refusal(path()), "");
    std::filesystem::create_hard_link(path(), folder.file("again.db"));
    EXPECT_THAT(refusal(path()), HasSubstr("a second name (hard link)"));
    std::filesystem::remove(folder.file("again.db"));
    EXPECT_EQ(refusal(path()), "");
}

TEST_F(SqliteStart, RefusesAFolderWithoutPermission) {
    if (::geteuid() == 0) {
        // Root may write anywhere: /proc is a folder where even root can't create files.
        EXPECT_THAT(refusal("/proc/journal.db"), HasSubstr("can't be opened for writing"));
        return;
    }
    std::filesystem::permissions(
        std::filesystem::path(path()).parent_path(), std::filesystem::perms::owner_read
    );
    EXPECT_NE(refusal(path()), "");
    std::filesystem::permissions(
        std::filesystem::path(path()).parent_path(), std::filesystem::perms::owner_all
    );
}

TEST_F(SqliteStart, LetsTheSqliteToolReadAndWriteBeside) {
    auto journal = open();
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
    auto tool = database::open(path(), access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(tool);
    EXPECT_EQ(*tool->text("SELECT state FROM redemptions"), "pending");
    EXPECT_EQ(*tool->text("PRAGMA integrity_check"), "ok");
    ASSERT_TRUE(tool->execute("UPDATE redemptions SET expires_at = 5"));
    auto found = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->expires_at.time_since_epoch().count(), 5);
    EXPECT_TRUE(is_accepted(loop.await(journal->accept(wish(2), std::nullopt))));
}

TEST_F(SqliteStart, KeepsTheDatabaseDurableAndInOneFileWhenClosed) {
    {
        auto journal = open();
        ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
        auto tool = database::open(path(), access::read_write, std::chrono::seconds(1));
        EXPECT_EQ(*tool->text("PRAGMA journal_mode"), "wal");
        EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
    }
    // It stays, empty: removing it by its name could remove another process's log.
    EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), 0U);
}

}  // namespace
}  // namespace gateway::journal::testing
