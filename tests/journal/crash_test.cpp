#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"

// Answered operations survive a kill -9, whatever the last bytes of the log are.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;

class JournalCrash : public sqlite_test {
protected:
    // Runs `work(journal)` in a process of its own that kills itself right afterwards.
    template <class Work>
    void in_a_killed_process(const Work& work) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto journal = open();
            if (!work(*journal)) {
                ::_exit(3);
            }
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
        ASSERT_EQ(WTERMSIG(status), SIGKILL);
    }
    bool accepts(managed_journal& journal, int n) {
        return is_accepted(loop.await(journal.accept(wish(n), started_attempt(1, n))));
    }
    bool holds(managed_journal& journal, int n) {
        auto found = loop.await(journal.find(id_of(n)));
        EXPECT_EQ(reason_of(found), "");
        return found && found->has_value();
    }
    std::string log() const { return path() + "-wal"; }
};

TEST_F(JournalCrash, KeepsAnAcceptedOneWithItsStartedAttempt) {
    in_a_killed_process([this](managed_journal& journal) { return accepts(journal, 1); });
    auto journal = open();
    auto pending = loop.await(journal->take(1000));
    ASSERT_TRUE(pending);
    ASSERT_EQ(pending->size(), 1u);
    record expected = wish(1);
    expected.attempts = {started_attempt(1, 1)};
    EXPECT_EQ(text_of(pending->front()), text_of(expected));
}

TEST_F(JournalCrash, KeepsEverythingAnswered) {
    in_a_killed_process([this](managed_journal& journal) {
        for (int n = 1; n <= 200; ++n) {
            if (!accepts(journal, n)) {
                return false;
            }
            settlement done = settlement_to(id_of(n), state::succeeded, 10);
            done.ended = ended_attempt(1, n);
            if (n % 2 == 0 && !loop.await(journal.settle(done))) {
                return false;
            }
        }
        return true;
    });
    auto journal = open();
    auto pending = loop.await(journal->take(1000));
    ASSERT_TRUE(pending);
    EXPECT_EQ(pending->size(), 100u);
    list_filter succeeded;
    succeeded.in_state = state::succeeded;
    succeeded.limit = 1000;
    auto done = loop.await(journal->list(succeeded));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->size(), 100u);
}

TEST_F(JournalCrash, LosesOnlyTheCommitWhoseLastBytesAreTorn) {
    in_a_killed_process([this](managed_journal& journal) {
        return accepts(journal, 1) && accepts(journal, 2);
    });
    std::filesystem::resize_file(log(), std::filesystem::file_size(log()) - 100);
    auto journal = open();
    EXPECT_TRUE(holds(*journal, 1));
    EXPECT_FALSE(holds(*journal, 2));
    EXPECT_TRUE(accepts(*journal, 2));
    EXPECT_TRUE(accepts(*journal, 3));
}

TEST_F(JournalCrash, IgnoresGarbageAfterTheLastCommit) {
    in_a_killed_process([this](managed_journal& journal) {
        return accepts(journal, 1) && accepts(journal, 2);
    });
    std::ofstream(log(), std::ios::binary | std::ios::app) << std::string(10'000, '\x5a');
    auto journal = open();
    EXPECT_TRUE(holds(*journal, 1));
    EXPECT_TRUE(holds(*journal, 2));
    EXPECT_TRUE(accepts(*journal, 3));
}

TEST_F(JournalCrash, ReleasesTheFile) {
    in_a_killed_process([](managed_journal&) { return true; });
    EXPECT_NO_THROW(open());
}

}  // namespace
}  // namespace gateway::journal::testing
