// A disk under the running program that neither takes a flush nor reports an error
// (docs/journal.md, Journal trouble), and files that are lost under it (The files).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <csignal>

#include "eventually.hpp"
#include "journal_view.hpp"
#include "platform_view.hpp"
#include "trouble.hpp"

namespace gateway::crash {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

flow::world_options options() {
    flow::world_options chosen;
    chosen.start_gateway_now = false;
    chosen.journal_path = "disk/journal.db";
    chosen.server_extra = "  drain_timeout: 3s\n";
    return chosen;
}

class HangingDisk : public ::testing::Test {
protected:
    HangingDisk() {
        fs::create_directory(w.folder / "disk");
        w.start_gateway();
    }
    ~HangingDisk() override { w.gateway.reset(); }

    bool readyz_is(unsigned status) {
        return eventually([&] { return w.admin("/readyz").status == status; });
    }
    std::size_t lines(const std::string& event) const {
        const auto text = w.gateway->output();
        std::size_t count = 0;
        for (auto at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) {
            ++count;
        }
        return count;
    }

    flow::world w{options()};
};

TEST_F(HangingDisk, IsTroubleThatEndsByItself) {
    const auto before = w.post("before", flow::voucher_body("before1", "B"));
    ASSERT_EQ(before.status, 200U) << before.body;
    std::string why_not;
    auto ongoing = hang_flushes(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    const auto first = w.post("first", flow::voucher_body("first1", "F"));
    EXPECT_EQ(first.status, 503U) << first.body;
    EXPECT_THAT(first.body, HasSubstr("acceptance-pending"));
    EXPECT_THAT(first.body, HasSubstr("\"safe_to_retry\":true"));
    EXPECT_NE(first.header("retry-after"), "");
    EXPECT_TRUE(readyz_is(503));
    EXPECT_THAT(w.admin("/readyz").body, HasSubstr("has not taken a write for over 2 s"));
    EXPECT_TRUE(w.gateway->wait_for("journal_failed[^\n]*has not taken a write"));
    EXPECT_GE(std::stod(w.metric("redemption_gateway_journal_oldest_write_seconds")), 2.0);
    EXPECT_EQ(w.metric("redemption_gateway_journal_failures_total"), "1");

    const auto began = steady_clock::now();
    const auto second = w.post("second", flow::voucher_body("second1", "S"));
    EXPECT_EQ(second.status, 503U) << second.body;
    EXPECT_THAT(second.body, HasSubstr("has not taken a write for over 2 s"));
    const auto replay = w.post("before", flow::voucher_body("before1", "B"));
    EXPECT_EQ(replay.body, before.body);
    EXPECT_LT(steady_clock::now() - began, seconds(2)) << "neither waits for the disk";
    EXPECT_EQ(requests_for(w, "second1"), 0U);

    ongoing.reset();
    EXPECT_TRUE(readyz_is(200)) << w.admin("/readyz").body;
    EXPECT_EQ(lines("journal_failed"), 1U);
    EXPECT_TRUE(w.gateway->wait_for("journal_works"));
    EXPECT_EQ(w.post_until_settled("first", flow::voucher_body("first1", "F")).status, 200U);
    EXPECT_EQ(w.executed("first1"), 1);
}

// The flush that hung may have done its work, or may not: its caller was told neither.
TEST_F(HangingDisk, DoublesNothingWhenTheProcessIsKilledMeanwhile) {
    std::string why_not;
    auto ongoing = hang_flushes(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    const auto first = w.post("first", flow::voucher_body("first1", "F"));
    EXPECT_THAT(first.body, HasSubstr("acceptance-pending"));
    w.gateway->signal(SIGKILL);
    ongoing.reset();  // strace itself would keep the killed process
    EXPECT_EQ(w.gateway->wait_exit(seconds(20)), 128 + SIGKILL);
    w.start_gateway();
    const auto again = w.post_until_settled("first", flow::voucher_body("first1", "F"));
    EXPECT_EQ(again.status, 200U) << again.body;
    EXPECT_EQ(w.executed("first1"), 1);
}

TEST_F(HangingDisk, KeepsNoProcessFromEnding) {
    std::string why_not;
    auto ongoing = hang_flushes(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    EXPECT_EQ(w.post("first", flow::voucher_body("first1", "F")).status, 503U);
    const auto began = steady_clock::now();
    w.gateway->signal(SIGTERM);
    EXPECT_TRUE(w.gateway->wait_for("journal_not_closed"));
    EXPECT_LT(steady_clock::now() - began, seconds(12));
    ongoing.reset();  // strace itself would keep the ended process
    EXPECT_EQ(w.gateway->wait_exit(seconds(20)), 3) << w.gateway->output();
}

TEST_F(HangingDisk, KeepsNoIdleProcessFromEnding) {
    std::string why_not;
    auto ongoing = hang_flushes(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    w.gateway->signal(SIGTERM);
    EXPECT_TRUE(w.gateway->wait_for("journal_not_closed|\"stopped\""));
    ongoing.reset();
    const auto status = w.gateway->wait_exit(seconds(20));
    EXPECT_TRUE(status == 0 || status == 3) << w.gateway->output();
}

TEST_F(HangingDisk, LosesNothingThatWasConfirmedWhenItsLogIsRemoved) {
    const auto before = w.post("before", flow::voucher_body("before1", "B"));
    ASSERT_EQ(before.status, 200U) << before.body;
    fs::remove(w.folder / "disk/journal.db-wal");
    EXPECT_TRUE(readyz_is(503)) << "without any traffic";
    EXPECT_THAT(w.admin("/readyz").body, HasSubstr("(-wal) was removed or replaced"));
    const auto refused = w.post("new", flow::voucher_body("new1", "N"));
    EXPECT_EQ(refused.status, 503U) << refused.body;
    EXPECT_EQ(w.post("before", flow::voucher_body("before1", "B")).body, before.body);
    w.kill_gateway();
    w.start_gateway();
    EXPECT_EQ(w.post("before", flow::voucher_body("before1", "B")).body, before.body);
    EXPECT_EQ(w.executed("before1"), 1);
    EXPECT_EQ(w.post("new", flow::voucher_body("new1", "N")).status, 200U);
}

TEST_F(HangingDisk, ShowsTheSpaceOfItsVolume) {
    const auto bytes = [this](const std::string& series) {
        const auto text = w.metric("redemption_gateway_journal_" + series);
        return text.empty() ? -1.0 : std::stod(text);
    };
    EXPECT_TRUE(eventually([&] { return bytes("wal_bytes") > 0 && bytes("free_bytes") > 0; }));
    EXPECT_EQ(bytes("oldest_write_seconds"), 0.0);
}

TEST_F(HangingDisk, SaysAtTheNextStartThatTheLogWasRemovedAfterACrash) {
    ASSERT_EQ(w.post("k", flow::voucher_body("voucher1", "A")).status, 200U);
    w.kill_gateway();
    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("\"serving\""));
    EXPECT_EQ(lines("journal_log_missing"), 0U);
    w.kill_gateway();
    fs::remove(w.folder / "disk/journal.db-wal");
    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("journal_log_missing"));
    w.stop_gateway();
    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("\"serving\""));
    EXPECT_EQ(lines("journal_log_missing"), 0U) << "it was closed in order";
}

TEST_F(HangingDisk, SaysThatTheJournalHadToBeCreated) {
    EXPECT_TRUE(w.gateway->wait_for("journal_created"));
    const auto created = w.metric("redemption_gateway_journal_created_timestamp_seconds");
    EXPECT_GT(std::stod(created), 1.7e9);
    w.stop_gateway();
    w.start_gateway();
    EXPECT_TRUE(w.gateway->wait_for("\"serving\""));
    EXPECT_EQ(lines("journal_created"), 0U);
    EXPECT_TRUE(eventually([&] {
        return w.metric("redemption_gateway_journal_created_timestamp_seconds") == created;
    })) << "an alert outlives a restart";
}

}  // namespace
}  // namespace gateway::crash
