#include <gmock/gmock.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "journal/sqlite/statement.hpp"
#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// A commit whose flush failed may be in the log. Once it is answered as failed, the next start must
// not find it (docs/journal.md, A commit in doubt).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using accept_results = std::vector<journal_result<accept_outcome>>;

constexpr const char* disk_error = "the journal's disk reported an error";

class DoubtfulCommit : public sqlite_test {
protected:
    ~DoubtfulCommit() override { disk.before_flush(nullptr); }

    auto accept(int n) { return loop.await(journal->accept(wish(n), started_attempt(1, 0))); }
    // The redemptions that a start would find if the process were killed now.
    std::vector<std::string> found_after_a_kill() { return found_with(log()); }
    std::string log() const {
        std::ifstream in(path() + "-wal", std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    // The same, of a disk that has kept this of the log.
    std::vector<std::string> found_with(const std::string& kept) {
        const std::string at = folder.file("found" + std::to_string(++copies_) + ".db");
        fs::copy_file(path(), at);
        std::ofstream(at + "-wal", std::ios::binary) << kept;
        auto db = database::open(at, access::read_write, std::chrono::milliseconds(0));
        EXPECT_TRUE(db);
        std::vector<std::string> ids;
        statement all(*db, "SELECT id FROM redemptions");
        const auto read = all.each({}, [&](const row& at_row) -> db_result<void> {
            ids.emplace_back(at_row.text(0));
            return {};
        });
        EXPECT_TRUE(read);
        return ids;
    }
    void tool(const char* sql) {
        auto db = database::open(path(), access::read_write, std::chrono::seconds(1));
        ASSERT_TRUE(db);
        ASSERT_TRUE(db->execute(sql));
    }
    // Every flush of the log fails, starting with the `number`-th (1: the next).
    void fail_from_flush(int number) {
        disk.before_flush([this, left = std::make_shared<std::atomic<int>>(number)] {
            if (--*left == 0) {
                disk.fail_flushes(SQLITE_IOERR_FSYNC);
            }
        });
    }
    // The flush of the commit fails, and so does every write after it.
    void fail_flush_and_then_writes() {
        disk.before_flush([this] {
            disk.fail_flushes(SQLITE_IOERR_FSYNC);
            disk.fail_writes(SQLITE_IOERR_WRITE);
        });
    }
    void heal() {
        disk.before_flush(nullptr);
        disk.fail_flushes(SQLITE_OK);
        disk.fail_writes(SQLITE_OK);
    }

    fault_vfs disk;
    std::unique_ptr<managed_journal> journal = open();

private:
    int copies_ = 0;
};

struct log_row {
    const char* name;
    const char* before;  // SQL that another process runs before
    int failing_flush;
};

// At the start of the log its header has a flush of its own, before that of the commit.
const log_row logs[] = {
    {"in_the_middle_of_the_log", "", 1},
    {"at_the_start_of_a_used_log_with_its_head", "PRAGMA wal_checkpoint(FULL)", 1},
    {"at_the_start_of_a_used_log", "PRAGMA wal_checkpoint(FULL)", 2},
    {"at_the_start_of_a_restarted_log", "PRAGMA wal_checkpoint(RESTART)", 2},
    {"at_the_start_of_an_empty_log", "PRAGMA wal_checkpoint(TRUNCATE)", 2},
};

class DoubtfulCommitAt : public DoubtfulCommit, public ::testing::WithParamInterface<log_row> {};
INSTANTIATE_TEST_SUITE_P(, DoubtfulCommitAt, ::testing::ValuesIn(logs), [](const auto& info) {
    return info.param.name;
});

TEST_P(DoubtfulCommitAt, IsNotFoundOnceItWasAnswered) {
    ASSERT_TRUE(is_accepted(accept(1)));
    tool(GetParam().before);
    fail_from_flush(GetParam().failing_flush);
    EXPECT_THAT(reason_of(accept(2)), HasSubstr(disk_error));
    EXPECT_THAT(found_after_a_kill(), ::testing::ElementsAre(id_of(1).str()));
    EXPECT_THAT(reason_of(accept(3)), HasSubstr(disk_error)) << "and so on while it lasts";
    EXPECT_THAT(found_after_a_kill(), ::testing::ElementsAre(id_of(1).str()));
    heal();
    EXPECT_TRUE(is_accepted(accept(3)));
    EXPECT_FALSE(journal->trouble());
}

TEST_P(DoubtfulCommitAt, OfManyPagesIsNotFoundEither) {
    ASSERT_TRUE(is_accepted(accept(1)));
    tool(GetParam().before);
    fail_from_flush(GetParam().failing_flush);
    record large = wish(2);
    large.params = redemption::params_text(std::string(200'000, 'x'));
    EXPECT_THAT(reason_of(loop.await(journal->accept(large, std::nullopt))), HasSubstr(disk_error));
    EXPECT_THAT(found_after_a_kill(), ::testing::ElementsAre(id_of(1).str()));
}

// A power cut may keep some blocks of an earlier log and some of the one that was written over it.
TEST_P(DoubtfulCommitAt, IsFoundInsteadOfALaterOneAndNotBesideIt) {
    constexpr std::size_t block = 4096;
    ASSERT_TRUE(is_accepted(accept(1)));
    tool(GetParam().before);
    std::string last;
    std::set<std::string> written;
    int flushes = 0;
    disk.before_flush([&] {
        written.insert(last = log());
        const bool of_a_commit = ++flushes % GetParam().failing_flush == 0;
        disk.fail_flushes(of_a_commit ? SQLITE_IOERR_FSYNC : SQLITE_OK);
    });
    ASSERT_TRUE(accept(2).has_error());
    ASSERT_TRUE(accept(3).has_error());
    disk.before_flush(nullptr);
    std::set<std::vector<std::string>> found;
    for (const auto& earlier : written) {
        for (std::size_t at = 0; at <= last.size() + block; at += block) {
            const auto kept = [&](const std::string& one, std::size_t from) {
                return one.substr(std::min(from, one.size()));
            };
            found.insert(found_with(last.substr(0, at) + kept(earlier, at)));
            found.insert(found_with(earlier.substr(0, at) + kept(last, at)));
        }
    }
    const auto first = id_of(1).str();
    EXPECT_THAT(
        found,
        ::testing::IsSubsetOf(std::vector<std::vector<std::string>>{
            {first}, {first, id_of(2).str()}, {first, id_of(3).str()}
        })
    );
    const bool writes_frames = GetParam().failing_flush == 2 || GetParam().before[0] == '\0';
    EXPECT_EQ(found.size(), writes_frames ? 3u : 1u);
}

// Proves that the danger exists, and that the tests above would see it.
TEST_F(DoubtfulCommit, IsInTheLogUntilItIsWrittenOver) {
    fail_flush_and_then_writes();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.run_until([this] { return journal->trouble().has_value(); });
    EXPECT_THAT(found_after_a_kill(), ::testing::ElementsAre(id_of(1).str()));
    EXPECT_TRUE(results.empty()) << "it is not answered as failed while it is in the log";
    heal();
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    ASSERT_EQ(results.size(), 1u);
    EXPECT_THAT(reason_of(results[0]), HasSubstr(disk_error));
    EXPECT_THAT(found_after_a_kill(), IsEmpty());
    EXPECT_FALSE(journal->trouble());
}

// The write that covers it was not flushed: a power cut may bring the commit back.
TEST_F(DoubtfulCommit, SaysSoWhileNoFlushHasEndedTheDoubt) {
    disk.fail_flushes(SQLITE_IOERR_FSYNC);
    auto refused = accept(1);
    ASSERT_TRUE(refused.has_error());
    EXPECT_TRUE(refused.error().in_doubt);
    EXPECT_FALSE(journal->trouble().value_or(journal_error{base::fixed_text(""), true}).in_doubt);
}

TEST_F(DoubtfulCommit, IsNoLongerInDoubtWhenAFlushedWriteCoversIt) {
    fail_flush_and_then_writes();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.run_until([this] { return journal->trouble().has_value(); });
    heal();
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    ASSERT_EQ(results.size(), 1u);
    EXPECT_FALSE(results[0].error().in_doubt);
}

TEST_F(DoubtfulCommit, StaysInDoubtWhenTheJournalClosesBefore) {
    fail_flush_and_then_writes();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.run_until([this] { return journal->trouble().has_value(); });
    journal->close();
    loop.run();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_TRUE(results[0].error().in_doubt);
}

TEST_F(DoubtfulCommit, IsNotSaidOfAWriteThatWasRefused) {
    disk.fail_writes(SQLITE_FULL);
    auto refused = accept(1);
    ASSERT_TRUE(refused.has_error());
    EXPECT_FALSE(refused.error().in_doubt);
}

TEST_F(DoubtfulCommit, HoldsUpNoOtherOperation) {
    fail_flush_and_then_writes();
    accept_results doubtful;
    loop.start(journal->accept(wish(1), std::nullopt), doubtful);
    loop.run_until([this] { return journal->trouble().has_value(); });
    accept_results others;
    loop.start(journal->accept(wish(2), std::nullopt), others);
    loop.run_until([&] { return !others.empty(); });
    EXPECT_THAT(reason_of(others[0]), HasSubstr(disk_error));
    EXPECT_TRUE(doubtful.empty());
    heal();
    EXPECT_TRUE(is_accepted(accept(2)));
    ASSERT_EQ(doubtful.size(), 1u);
    EXPECT_THAT(found_after_a_kill(), ::testing::ElementsAre(id_of(2).str()));
}

// Nothing else may be written during trouble, so a proof that waited for the next write would wait
// for ever.
TEST_F(DoubtfulCommit, HoldsNoProofThatTheJournalWorks) {
    fail_flush_and_then_writes();
    EXPECT_THAT(reason_of(loop.await(journal->probe())), HasSubstr(disk_error));
    EXPECT_TRUE(journal->trouble());
    heal();
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    EXPECT_FALSE(journal->trouble());
    EXPECT_TRUE(is_accepted(accept(1)));
}

TEST_F(DoubtfulCommit, IsAnsweredWhenTheJournalCloses) {
    fail_flush_and_then_writes();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.run_until([this] { return journal->trouble().has_value(); });
    heal();
    journal->close();
    loop.run();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_THAT(reason_of(results[0]), HasSubstr(disk_error));
    journal.reset();
    journal = open();
    auto found = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
}

}  // namespace
}  // namespace gateway::journal::testing
