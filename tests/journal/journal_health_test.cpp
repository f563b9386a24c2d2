#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>

#include "journal/sqlite/database.hpp"
#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// The journal's health: a write that hangs, a log that grows, a volume that is small
// (docs/journal.md, Journal trouble and The log).

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using std::chrono::seconds;
using ::testing::HasSubstr;

using accept_results = std::vector<journal_result<accept_outcome>>;

// The machine's time, and what a test adds to it.
class advanced_runtime final : public base::runtime {
public:
    explicit advanced_runtime(base::runtime& real) : real_(real) {}

    void advance(seconds by) { ahead_ += by.count(); }
    base::steady_time now() const noexcept override { return real_.now() + seconds(ahead_); }
    std::chrono::system_clock::time_point precise_wall_now() const noexcept override {
        return real_.precise_wall_now();
    }
    std::uint64_t random_bits() override { return real_.random_bits(); }
    asio::any_io_executor executor() const override { return real_.executor(); }
    std::unique_ptr<base::timer> make_timer() override { return real_.make_timer(); }

private:
    base::runtime& real_;
    std::atomic<seconds::rep> ahead_{0};
};

class HangingWrite : public sqlite_test {
protected:
    ~HangingWrite() override { end_hang(); }

    // The flush of the log waits from now on.
    void begin_hang() {
        disk.before_flush([this] { released.wait(); });
    }
    void end_hang() {
        disk.before_flush(nullptr);
        if (!released.try_wait()) {
            released.count_down();
        }
    }

    std::latch released{1};
    fault_vfs disk;
    advanced_runtime time{loop.time()};
    std::unique_ptr<managed_journal> journal = open_sqlite_journal(time, settings(), probe);
};

TEST_F(HangingWrite, IsTroubleAfterTwoSecondsAndUntilItIsDone) {
    begin_hang();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.poll();
    EXPECT_FALSE(journal->trouble());
    time.advance(seconds(2));
    ASSERT_TRUE(journal->trouble());
    EXPECT_THAT(journal->trouble()->reason, HasSubstr("has not taken a write for over 2 s"));
    EXPECT_GE(journal->oldest_write(), seconds(2));
    end_hang();
    loop.run();
    ASSERT_EQ(results.size(), 1U);
    EXPECT_TRUE(is_accepted(results[0]));
    EXPECT_FALSE(journal->trouble());
    EXPECT_EQ(journal->oldest_write().count(), 0);
}

TEST_F(HangingWrite, HoldsUpNoReader) {
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
    begin_hang();
    accept_results results;
    loop.start(journal->accept(wish(2), std::nullopt), results);
    std::vector<journal_result<std::optional<record>>> found;
    loop.start(journal->find_by_key(wish(1).caller, wish(1).key), found);
    loop.start(journal->find(id_of(1)), found);
    loop.run_until([&] { return found.size() == 2; });
    for (const auto& one : found) {
        ASSERT_TRUE(one && *one);
        EXPECT_EQ((*one)->id, id_of(1));
    }
    std::vector<journal_result<storage_use>> sizes;
    loop.start(journal->storage(), sizes);
    loop.run_until([&] { return !sizes.empty(); });
    EXPECT_TRUE(sizes.front());
    EXPECT_TRUE(results.empty());
}

TEST_F(HangingWrite, IsCountedFromTheOldestOfAll) {
    begin_hang();
    accept_results results;
    loop.start(journal->accept(wish(1), std::nullopt), results);
    loop.poll();
    time.advance(seconds(1));
    loop.start(journal->accept(wish(2), std::nullopt), results);
    loop.poll();
    time.advance(seconds(1));
    EXPECT_GE(journal->oldest_write(), seconds(2));
    end_hang();
    loop.run();
    EXPECT_EQ(journal->oldest_write().count(), 0);
}

class JournalLog : public sqlite_test {
protected:
    ~JournalLog() override {
        journal.reset();
        if (mounted_) {
            ::umount(volume().c_str());
        }
    }
    std::string volume() const { return folder.file("small"); }
    bool mount_volume(const char* size) {
        std::filesystem::create_directory(volume());
        mounted_ = ::mount("tmpfs", volume().c_str(), "tmpfs", 0, size) == 0;
        return mounted_;
    }
    void open_on_volume() {
        sqlite_settings there = settings();
        there.path = volume() + "/journal.db";
        journal = open_sqlite_journal(loop.time(), there, probe);
    }
    std::string redeem(int n) {
        auto accepted = loop.await(journal->accept(wish(n), started_attempt(1, 0)));
        if (!accepted) {
            return std::string(accepted.error().reason);
        }
        auto done = settlement_to(id_of(n), state::succeeded, 1000);
        done.ended = ended_attempt(1, 0);
        return reason_of(loop.await(journal->settle(done)));
    }

    std::unique_ptr<managed_journal> journal;

private:
    bool mounted_ = false;
};

TEST_F(JournalLog, NeverFillsItsOwnSmallVolume) {
    if (!mount_volume("size=12m")) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    open_on_volume();
    for (int n = 1; n <= 1500; ++n) {
        ASSERT_EQ(redeem(n), "") << "redemption " << n;
    }
    const auto use = loop.await(journal->storage());
    ASSERT_TRUE(use);
    EXPECT_GT(use->free_bytes, 1U << 20U);
}

TEST_F(JournalLog, ComesBackWhenAnotherFilledTheVolume) {
    if (!mount_volume("size=12m")) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    open_on_volume();
    ASSERT_EQ(redeem(1), "");
    std::ofstream ballast(volume() + "/ballast");
    const std::string piece(4096, 'x');
    while (ballast.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
    int n = 2;
    while (n < 300 && redeem(n).empty()) {
        ++n;
    }
    ASSERT_TRUE(journal->trouble());
    EXPECT_THAT(journal->trouble()->reason, HasSubstr("disk is full"));
    ballast.close();
    std::filesystem::resize_file(volume() + "/ballast", 4'000'000);
    EXPECT_EQ(redeem(1000), "");
    EXPECT_FALSE(journal->trouble());
    journal.reset();
    open_on_volume();
    EXPECT_EQ(redeem(1001), "");
}

TEST_F(JournalLog, IsEmptiedAfterEveryCommitWhenSpaceIsLittle) {
    if (!mount_volume("size=2m")) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    open_on_volume();
    ASSERT_EQ(redeem(1), "");
    EXPECT_EQ(loop.await(journal->storage())->log_bytes, 0U);
}

// Earlier versions of the gateway left such a volume behind.
TEST_F(JournalLog, IsEmptiedAtAStartWhenItFillsTheVolume) {
    if (!mount_volume("size=4m")) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    open_on_volume();
    ASSERT_EQ(redeem(1), "");
    journal.reset();
    {
        auto db = database::open(
            volume() + "/journal.db", access::read_write, std::chrono::milliseconds(0)
        );
        ASSERT_TRUE(db && db->execute("PRAGMA wal_autocheckpoint = 0"));
        sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        while (db->execute("UPDATE probe SET writes = writes + 1")) {
        }
    }
    open_on_volume();
    EXPECT_EQ(redeem(2), "");
}

// The reader keeps the whole log, so that the volume fills in spite of all checkpoints.
TEST_F(JournalLog, ComesBackWhenAReaderThatFilledTheVolumeEnds) {
    if (!mount_volume("size=12m")) {
        GTEST_SKIP() << "needs the right to mount a small file system";
    }
    open_on_volume();
    ASSERT_EQ(redeem(1), "");
    {
        auto tool = database::open(
            volume() + "/journal.db", access::read_only, std::chrono::milliseconds(0)
        );
        ASSERT_TRUE(tool && tool->execute("BEGIN; SELECT count(*) FROM redemptions"));
        int n = 2;
        while (n < 2000 && redeem(n).empty()) {
            ++n;
        }
        ASSERT_TRUE(journal->trouble());
        EXPECT_THAT(journal->trouble()->reason, HasSubstr("disk is full"));
    }
    EXPECT_EQ(reason_of(loop.await(journal->probe())), "");
    EXPECT_EQ(redeem(3000), "");
    EXPECT_FALSE(journal->trouble());
}

TEST_F(JournalLog, SaysWhatAReaderKeepsOfIt) {
    journal = open();
    ASSERT_EQ(redeem(1), "");
    auto tool = database::open(path(), access::read_only, std::chrono::milliseconds(0));
    ASSERT_TRUE(tool);
    ASSERT_TRUE(tool->execute("BEGIN; SELECT count(*) FROM redemptions"));
    const auto held = [&] {
        return loop.await(journal->storage())->held_bytes;
    };
    int n = 2;
    while (n < 3000 && held() < (8U << 20U)) {
        ASSERT_EQ(redeem(n++), "");
    }
    EXPECT_GE(held(), 8U << 20U);
    EXPECT_GE(loop.await(journal->storage())->log_bytes, held());
    ASSERT_TRUE(tool->execute("COMMIT"));
    ASSERT_EQ(redeem(n++), "");
    ASSERT_EQ(redeem(n++), "");
    EXPECT_EQ(held(), 0U);
}

}  // namespace
}  // namespace gateway::journal::testing
