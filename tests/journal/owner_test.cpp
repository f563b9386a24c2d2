#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "journal/sqlite/database.hpp"
#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// One journal file has one owner, whatever the name under which it is opened (docs/journal.md,
// Owner lock).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* in_use = "in use by another gateway process";

class JournalOwner : public sqlite_test {
protected:
    bool accepts(managed_journal& journal, int n) {
        return is_accepted(loop.await(journal.accept(wish(n), std::nullopt)));
    }
};

struct name_row {
    const char* name;
    // Gives the open journal's file another name or removes a file; returns the path of the second
    // opening.
    std::string (*prepare)(const temporary_folder& in, const std::string& path);
};

const name_row names[] = {
    {"the_same_path",
     [](const temporary_folder&, const std::string& path) {
         return path;
     }},
    {"a_path_with_detours",
     [](const temporary_folder& in, const std::string&) {
         return in.file("./x/../journal.db");
     }},
    {"a_symbolic_link",
     [](const temporary_folder& in, const std::string& path) {
         fs::create_symlink(path, in.file("link.db"));
         return in.file("link.db");
     }},
    {"a_linked_folder",
     [](const temporary_folder& in, const std::string& path) {
         fs::create_directory_symlink(fs::path(path).parent_path(), in.file("folder"));
         return in.file("folder/journal.db");
     }},
    {"a_hard_link",
     [](const temporary_folder& in, const std::string& path) {
         fs::create_hard_link(path, in.file("second.db"));
         return in.file("second.db");
     }},
    {"a_left_over_lock_file_removed",
     [](const temporary_folder&, const std::string& path) {
         fs::remove(path + ".lock");
         return path;
     }},
};

class JournalOwnerByName : public JournalOwner, public ::testing::WithParamInterface<name_row> {
protected:
    JournalOwnerByName() { fs::create_directory(folder.file("x")); }
};
INSTANTIATE_TEST_SUITE_P(, JournalOwnerByName, ::testing::ValuesIn(names), [](const auto& info) {
    return info.param.name;
});

TEST_P(JournalOwnerByName, KeepsASecondOneOut) {
    auto first = open();
    const std::string path_again = GetParam().prepare(folder, path());
    EXPECT_THAT(refusal(path_again), HasSubstr(in_use));
    EXPECT_TRUE(accepts(*first, 1)) << "the owner goes on";
}

// A process that owns the journal until kill().
class owning_process {
public:
    template <class Open>
    explicit owning_process(const Open& open) {
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0 || (child_ = ::fork()) < 0) {
            throw std::runtime_error("no second process");
        }
        if (child_ == 0) {
            auto journal = open();
            [[maybe_unused]] const auto written = ::write(ready[1], "!", 1);
            for (;;) {
                ::pause();
            }
        }
        char byte = 0;
        ::close(ready[1]);
        owns_ = ::read(ready[0], &byte, 1) == 1;
        ::close(ready[0]);
    }
    ~owning_process() { kill(); }
    owning_process(const owning_process&) = delete;
    owning_process& operator=(const owning_process&) = delete;

    bool owns() const { return owns_; }
    void kill() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
            child_ = -1;
        }
    }

private:
    pid_t child_ = -1;
    bool owns_ = false;
};

TEST_P(JournalOwnerByName, KeepsASecondProcessOutUntilItEnds) {
    owning_process first([this] { return open(); });
    ASSERT_TRUE(first.owns());
    const std::string path_again = GetParam().prepare(folder, path());
    EXPECT_THAT(refusal(path_again), HasSubstr(in_use));
    first.kill();
    fs::remove(folder.file("second.db"));
    EXPECT_EQ(refusal(path()), "");
}

// After a fault of the disk the file is opened anew, but never a file that has replaced it.
TEST_F(JournalOwner, DoesNotWriteToAFileThatReplacedItsOwn) {
    fault_vfs disk;
    auto journal = open();
    ASSERT_TRUE(accepts(*journal, 1));
    const std::string aside = folder.file("aside.db");
    fs::create_directory(folder.file("other"));
    {
        sqlite_settings other = settings();
        other.path = folder.file("other/journal.db");
        open_sqlite_journal(loop.time(), other, probe);
    }
    disk.fail_writes(SQLITE_IOERR_WRITE);  // the connection is replaced
    EXPECT_FALSE(accepts(*journal, 2));
    disk.fail_writes(SQLITE_OK);
    fs::rename(path(), aside);
    fs::rename(folder.file("other/journal.db"), path());
    EXPECT_THAT(
        reason_of(loop.await(journal->accept(wish(2), std::nullopt))),
        HasSubstr("the journal file was moved or deleted while in use")
    );
    fs::rename(aside, path());
    EXPECT_TRUE(accepts(*journal, 2));
}

// The journal stays with the file to which a symbolic link led at the start.
TEST_F(JournalOwner, StaysWithItsFileWhenALinkIsTurnedElsewhere) {
    fault_vfs disk;
    const std::string link = folder.file("link.db");
    fs::create_symlink(path(), link);
    sqlite_settings s = settings();
    s.path = link;
    auto journal = open_sqlite_journal(loop.time(), s, probe);
    ASSERT_TRUE(accepts(*journal, 1));
    fs::remove(link);
    fs::create_symlink(folder.file("elsewhere.db"), link);
    disk.fail_writes(SQLITE_IOERR_WRITE);
    EXPECT_FALSE(accepts(*journal, 2));
    disk.fail_writes(SQLITE_OK);
    EXPECT_TRUE(accepts(*journal, 2));
    EXPECT_FALSE(fs::exists(folder.file("elsewhere.db")));
}

}  // namespace
}  // namespace gateway::journal::testing
