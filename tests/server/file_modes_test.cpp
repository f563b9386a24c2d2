#include "server/app/file_modes.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "secret_files.hpp"

namespace gateway::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileModes : public ::testing::Test {
protected:
    FileModes() {
        settings_.accounts.push_back(folder_.taobao_account());
        settings_.journal.sqlite_path = folder_.write("journal.db", "");
        settings_.journal.encryption_key_file = folder_.write("journal.key", "");
        folder_.write("journal.db-wal", "");
        for (const char* file :
             {"app_secret", "session", "journal.db", "journal.key", "journal.db-wal"}) {
            set_mode(file, 0600);
        }
    }
    void set_mode(const std::string& name, mode_t mode) {
        const auto file = settings_.journal.sqlite_path;
        ASSERT_EQ(::chmod((file.substr(0, file.rfind('/') + 1) + name).c_str(), mode), 0);
    }

    support::secret_folder folder_;
    config::settings settings_;
};

TEST_F(FileModes, OfPrivateFilesAreNoMatter) {
    EXPECT_THAT(files_open_to_others(settings_), IsEmpty());
}

class FileModesOf : public FileModes, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Each,
    FileModesOf,
    ::testing::Values("app_secret", "session", "journal.db", "journal.key", "journal.db-wal"),
    [](const auto& given) {
        std::string name = given.param;
        std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
        return name;
    }
);

TEST_P(FileModesOf, ThatOthersMayReadAreSaid) {
    set_mode(GetParam(), 0644);
    EXPECT_THAT(
        files_open_to_others(settings_),
        ElementsAre(::testing::AllOf(HasSubstr(GetParam()), HasSubstr("mode 0644")))
    );
    set_mode(GetParam(), 0620);
    EXPECT_EQ(files_open_to_others(settings_).size(), 1U) << "writing, too";
}

TEST_F(FileModes, OfASharedFileAreSaidOnce) {
    settings_.accounts.push_back(settings_.accounts.front());
    set_mode("app_secret", 0644);
    EXPECT_EQ(files_open_to_others(settings_).size(), 1U);
}

// A mounted secret belongs to root and is read through the group.
TEST_F(FileModes, OfAnothersFileMayLetTheGroupRead) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs the right to give a file away";
    }
    const auto key = settings_.journal.encryption_key_file;
    ASSERT_EQ(::chown(key.c_str(), 12345, 12345), 0);
    set_mode("journal.key", 0440);
    EXPECT_THAT(files_open_to_others(settings_), IsEmpty());
    set_mode("journal.key", 0444);
    EXPECT_EQ(files_open_to_others(settings_).size(), 1U);
}

TEST_F(FileModes, OfMissingFilesAreNoMatter) {
    settings_.journal.encryption_key_file = "a secret typed where a path belongs";
    EXPECT_THAT(files_open_to_others(settings_), IsEmpty());
}

}  // namespace
}  // namespace gateway::server
