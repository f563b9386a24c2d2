#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <numeric>

#include "tests/journal/fault_vfs.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// All waiting operations are committed together, and a refused one does not affect the others.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;

// Blocks flushes until open() is called.
class gate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_for_arrival() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return arrived_ > 0; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

class GroupCommit : public sqlite_test {
protected:
    // Runs `others` while the flush of `first` is under way.
    template <class F, class G>
    void while_flushing(const F& first, const G& others) {
        gate flush;
        disk.before_flush([&flush] { flush.pass(); });
        first();
        loop.poll();
        flush.wait_for_arrival();
        others();
        loop.poll();
        disk.before_flush(nullptr);
        flush.open();
        loop.run();
    }

    fault_vfs disk;
    std::unique_ptr<managed_journal> journal = open();
};

TEST_F(GroupCommit, CommitsTogetherWhatArrivedDuringAFlush) {
    std::vector<journal_result<accept_outcome>> results;
    while_flushing(
        [&] { loop.start(journal->accept(wish(1), std::nullopt), results); },
        [&] {
            for (int n = 2; n <= 101; ++n) {
                loop.start(journal->accept(wish(n), std::nullopt), results);
            }
        }
    );
    EXPECT_EQ(std::count_if(results.begin(), results.end(), is_accepted), 101);
    EXPECT_THAT(probe.groups, ::testing::ElementsAre(1, 100));
}

TEST_F(GroupCommit, AnswersInTheOrderOfTheCalls) {
    std::vector<journal_result<std::size_t>> order;
    std::vector<journal_result<accept_outcome>> results;
    while_flushing(
        [&] { loop.start(journal->accept(wish(1), std::nullopt), results); },
        [&] {
            for (int n = 0; n < 20; ++n) {
                record same = wish(2);
                same.id = id_of(100 + n);
                same.natural.reset();
                loop.start(journal->accept(same, std::nullopt), results);
            }
        }
    );
    ASSERT_EQ(results.size(), 21u);
    EXPECT_TRUE(is_accepted(results[1])) << "the first of the equal ones wins";
    EXPECT_FALSE(is_accepted(results[2]));
}

using accept_results = std::vector<journal_result<accept_outcome>>;

// Gets its result first, then yields once to the loop.
asio::awaitable<journal_result<accept_outcome>> first_of_many(
    redemption::journal& in, const accept_results& results, std::size_t& answered_meanwhile
) {
    auto own = co_await in.accept(wish(2), std::nullopt);
    const auto loop = co_await asio::this_coro::executor;
    co_await asio::post(loop, asio::use_awaitable);
    answered_meanwhile = results.size();
    co_return own;
}

// Other handlers must not wait until all coroutines of a large batch have resumed.
TEST_F(GroupCommit, RunsOtherHandlersBetweenTheResultsOfOneBatch) {
    accept_results results;
    std::size_t answered_meanwhile = 0;
    while_flushing(
        [&] { loop.start(journal->accept(wish(1), std::nullopt), results); },
        [&] {
            loop.start(first_of_many(*journal, results, answered_meanwhile), results);
            for (int n = 3; n <= 101; ++n) {
                loop.start(journal->accept(wish(n), std::nullopt), results);
            }
        }
    );
    EXPECT_EQ(results.size(), 101u);
    EXPECT_LT(answered_meanwhile, 20u);
}

TEST_F(GroupCommit, UndoesARefusedOperationAlone) {
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), started_attempt(1, 0)))));
    settlement ended = settlement_to(id_of(1), state::pending, 10);
    ended.ended = ended_attempt(1, 0);
    ASSERT_EQ(reason_of(loop.await(journal->settle(ended))), "");
    settlement failed = settlement_to(id_of(1), state::failed, 20);
    ASSERT_EQ(reason_of(loop.await(journal->settle(failed))), "");

    std::vector<journal_result<accept_outcome>> results;
    while_flushing(
        [&] { loop.start(journal->accept(wish(2), std::nullopt), results); },
        [&] {
            loop.start(journal->accept(wish(3), std::nullopt), results);
            // The state becomes pending first; then the attempt is refused, because it has ended.
            loop.start(journal->restart(wish(1), started_attempt(1, 30)), results);
            loop.start(journal->accept(wish(4), std::nullopt), results);
        }
    );
    ASSERT_EQ(results.size(), 4u);
    EXPECT_TRUE(is_accepted(results[1]));
    EXPECT_EQ(reason_of(results[2]), "attempt 1 has already ended");
    EXPECT_TRUE(is_accepted(results[3]));
    auto refused = loop.await(journal->find(id_of(1)));
    ASSERT_TRUE(refused && *refused);
    EXPECT_EQ((*refused)->state, state::failed) << "its first half is undone";
    EXPECT_EQ(probe.groups.back(), 3u) << "all in one commit";
    EXPECT_FALSE(journal->trouble());
}

TEST_F(GroupCommit, UndoesAWishThatTheSchemaRefusesAlone) {
    std::vector<journal_result<accept_outcome>> results;
    while_flushing(
        [&] { loop.start(journal->accept(wish(1), std::nullopt), results); },
        [&] {
            record same_id = wish(2);
            same_id.id = id_of(1);
            loop.start(journal->accept(same_id, std::nullopt), results);
            loop.start(journal->accept(wish(3), std::nullopt), results);
        }
    );
    ASSERT_EQ(results.size(), 3u);
    EXPECT_THAT(reason_of(results[1]), ::testing::HasSubstr("UNIQUE"));
    EXPECT_TRUE(is_accepted(results[2]));
    EXPECT_FALSE(journal->trouble());
}

TEST_F(GroupCommit, ReadsDuringAFlush) {
    ASSERT_TRUE(is_accepted(loop.await(journal->accept(wish(1), std::nullopt))));
    std::vector<journal_result<accept_outcome>> results;
    std::vector<journal_result<std::optional<record>>> found;
    gate flush;
    disk.before_flush([&flush] { flush.pass(); });
    loop.start(journal->accept(wish(2), std::nullopt), results);
    loop.poll();
    flush.wait_for_arrival();

    loop.start(journal->find(id_of(1)), found);
    loop.run_until([&] { return !found.empty(); });
    EXPECT_TRUE(found[0] && *found[0]);
    EXPECT_TRUE(results.empty()) << "the flush is still held";
    disk.before_flush(nullptr);
    flush.open();
    loop.run();
    EXPECT_EQ(results.size(), 1u);
}

TEST_F(GroupCommit, CommitsManyCallsAtOnce) {
    std::vector<journal_result<accept_outcome>> results;
    for (int n = 1; n <= 3000; ++n) {
        loop.start(journal->accept(wish(n), std::nullopt), results);
    }
    loop.run();
    EXPECT_EQ(std::count_if(results.begin(), results.end(), is_accepted), 3000);
    EXPECT_EQ(std::accumulate(probe.groups.begin(), probe.groups.end(), std::size_t{0}), 3000u);
    EXPECT_LT(probe.groups.size(), 3000u);
}

}  // namespace
}  // namespace gateway::journal::testing
