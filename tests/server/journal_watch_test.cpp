#include "server/app/journal_watch.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "base/task_group.hpp"
#include "server/observe/log.hpp"
#include "tests/support/virtual_time.hpp"

// Nothing else reports a write that hangs, a volume that fills, or rows from before there was a key
// (docs/journal.md, Journal trouble, The log, Sealing).

namespace gateway::server {
namespace {

using redemption::journal_error;
using redemption::journal_result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class scripted_health final : public journal::journal_health {
public:
    explicit scripted_health(base::runtime& time) : time_(time) {}

    std::optional<journal_error> trouble() const override {
        if (broken || oldest_write() >= journal::hanging_write) {
            return journal_error{base::fixed_text("the disk has not taken a write")};
        }
        return std::nullopt;
    }
    boost::asio::awaitable<journal_result<void>> probe() override {
        ++probes;
        co_return journal_result<void>();
    }
    std::chrono::nanoseconds oldest_write() const override {
        return writing_since ? time_.now() - *writing_since : std::chrono::nanoseconds(0);
    }
    boost::asio::awaitable<journal_result<journal::storage_use>> storage() override {
        if (lost) {
            co_return journal_error{base::fixed_text("the log was removed")};
        }
        co_return use;
    }
    boost::asio::awaitable<journal_result<journal::clear_rows>> count_in_clear(std::int64_t after
    ) override {
        asked_after.push_back(after);
        if (unreadable) {
            co_return journal_error{base::fixed_text("the disk reported an error")};
        }
        const bool last = after >= 2000;
        co_return journal::clear_rows{
            .count = 7, .next = last ? std::nullopt : std::optional(after + 1000)
        };
    }

    std::optional<base::steady_time> writing_since;
    journal::storage_use use;
    bool broken = false;
    bool lost = false;
    bool unreadable = false;
    int probes = 0;
    std::vector<std::int64_t> asked_after;

private:
    base::runtime& time_;
};

class JournalWatch : public ::testing::Test {
protected:
    ~JournalWatch() override {
        watch_.stop();
        time_.run_for(milliseconds(0));
        EXPECT_EQ(tasks_.size(), 0U) << "an end waits for nothing";
    }

    std::string logged() {
        EXPECT_TRUE(log_.flush(seconds(10)));
        return out_.str();
    }
    std::size_t lines(const std::string& event) {
        const auto text = logged();
        const auto wanted = "\"event\":\"" + event + '"';
        std::size_t count = 0;
        for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
            ++count;
        }
        return count;
    }
    std::string series() { return observer_.prometheus_text(); }

    support::virtual_time time_;
    std::ostringstream out_;
    log log_{{}, out_};
    observer observer_{log_};
    scripted_health health_{time_};
    base::task_group tasks_{time_.executor(), [](const std::exception& fault) {
                                ADD_FAILURE() << fault.what();
                            }};
    journal_watch watch_{time_, health_, observer_};
};

TEST_F(JournalWatch, ReportsAWriteThatHangsOnceAndShowsHowLongItHasWaited) {
    tasks_.spawn(watch_.watch_writes());
    health_.writing_since = time_.now();
    time_.run_for(milliseconds(1999));
    EXPECT_EQ(lines("journal_failed"), 0U);
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_oldest_write_seconds 1.5\n"));
    time_.run_for(seconds(30));
    EXPECT_EQ(lines("journal_failed"), 1U) << logged();
    EXPECT_THAT(logged(), HasSubstr(R"("why":"the disk has not taken a write")"));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_failures_total 1\n"));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_oldest_write_seconds 31.5\n"));
    health_.writing_since.reset();
    time_.run_for(seconds(1));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_oldest_write_seconds 0\n"));
    health_.writing_since = time_.now();
    time_.run_for(seconds(3));
    EXPECT_EQ(lines("journal_failed"), 2U) << "another one";
}

TEST_F(JournalWatch, ShowsTheSpaceThatTheJournalTakesAndHas) {
    health_.use = {.log_bytes = 4096, .held_bytes = 0, .free_bytes = std::uint64_t{1} << 30U};
    tasks_.spawn(watch_.watch_storage());
    time_.run_for(milliseconds(0));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_wal_bytes 4096\n"));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_free_bytes 1073741824\n"));
    health_.use = {.log_bytes = 32U << 20U, .held_bytes = 32U << 20U, .free_bytes = 1U << 20U};
    time_.run_for(seconds(5));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_free_bytes 1048576\n"));
    EXPECT_EQ(lines("journal_log_held"), 1U);
    EXPECT_EQ(lines("journal_space_low"), 1U);
    EXPECT_EQ(health_.probes, 0);
}

TEST_F(JournalWatch, ShowsNoFreeSpaceOfAVolumeThatDoesNotTellIt) {
    tasks_.spawn(watch_.watch_storage());
    time_.run_for(milliseconds(0));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_wal_bytes 0\n"));
    EXPECT_THAT(series(), Not(HasSubstr("\nredemption_gateway_journal_free_bytes ")));
    health_.use.free_bytes = 1U << 30U;
    time_.run_for(seconds(5));
    EXPECT_THAT(series(), HasSubstr("\nredemption_gateway_journal_free_bytes 1073741824\n"));
    health_.use.free_bytes.reset();
    time_.run_for(seconds(5));
    EXPECT_THAT(series(), Not(HasSubstr("\nredemption_gateway_journal_free_bytes ")));
    EXPECT_EQ(lines("journal_space_low"), 0U);
}

// Without traffic nothing else would notice; in trouble housekeeping writes such proofs already.
TEST_F(JournalWatch, ProvesThatTheJournalWorksWhenAFileIsLost) {
    tasks_.spawn(watch_.watch_storage());
    time_.run_for(seconds(20));
    EXPECT_EQ(health_.probes, 0);
    health_.lost = true;
    time_.run_for(seconds(5));
    EXPECT_EQ(health_.probes, 1);
    health_.broken = true;
    time_.run_for(seconds(20));
    EXPECT_EQ(health_.probes, 1);
}

TEST_F(JournalWatch, CountsRowsInClearStepByStep) {
    tasks_.spawn(watch_.count_rows_in_clear());
    time_.run_for(seconds(1));
    EXPECT_THAT(health_.asked_after, ElementsAre(0, 1000, 2000));
    EXPECT_EQ(tasks_.size(), 0U);
    EXPECT_EQ(lines("journal_rows_in_clear"), 1U);
    EXPECT_THAT(logged(), HasSubstr(R"("redemptions":21)"));
    EXPECT_THAT(logged(), HasSubstr("--seal-journal"));
}

TEST_F(JournalWatch, RepeatsAStepOfTheCountThatFailed) {
    health_.unreadable = true;
    tasks_.spawn(watch_.count_rows_in_clear());
    time_.run_for(seconds(7));
    health_.unreadable = false;
    time_.run_for(seconds(5));
    EXPECT_THAT(health_.asked_after, ElementsAre(0, 0, 0, 1000, 2000));
    EXPECT_THAT(logged(), HasSubstr(R"("redemptions":21)"));
}

// The journal may be so large that reading it takes minutes.
TEST_F(JournalWatch, SaysNothingOfACountThatAnEndCutsShort) {
    tasks_.spawn(watch_.count_rows_in_clear());
    time_.run_for(milliseconds(10));
    watch_.stop();
    time_.run_for(milliseconds(0));
    EXPECT_EQ(tasks_.size(), 0U);
    EXPECT_THAT(health_.asked_after, ElementsAre(0, 1000));
    EXPECT_THAT(logged(), Not(HasSubstr("journal_rows_in_clear")));
}

}  // namespace
}  // namespace gateway::server
