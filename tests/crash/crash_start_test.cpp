// The gateway started while its journal can't be opened: it listens, gives the reason and sends
// nothing; when the trouble ends it recovers what is pending and serves (docs/journal.md, Deferred
// opening).
#include <fcntl.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <csignal>
#include <fstream>
#include <optional>
#include <regex>

#include "descriptor.hpp"
#include "eventually.hpp"
#include "journal_view.hpp"
#include "platform_view.hpp"
#include "trouble.hpp"

namespace gateway::crash {
namespace {

namespace fs = std::filesystem;

const std::string serving = R"("event":"serving")";
const std::string waiting_for_journal = R"("event":"waiting_for_journal")";

flow::world_options options() {
    flow::world_options chosen;
    chosen.start_gateway_now = false;
    chosen.journal_path = "disk/journal.db";
    chosen.journal_extra = "  encryption_key_file: journal.key\n";
    return chosen;
}

std::size_t count_of(const std::string& part, const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

class started_world : public flow::world {
public:
    started_world() : flow::world(options()) {
        fs::create_directory(folder / "disk");
        std::ofstream(folder / "journal.key") << std::string(64, 'a') << '\n';
    }

    // One redemption is answered; one stays pending, because the platform hangs up until
    // clear_faults().
    bool leave_answered_and_pending() {
        start_gateway();
        answered = post("answered", flow::voucher_body("answered1", "A"));
        fault(R"({"fault":"reset-after-reading","method":"taobao.eticket.merchant.ma.send",)"
              R"("times":"always"})");
        const auto left = post("left", flow::eticket_body("left1"), {{"Prefer", "respond-async"}});
        return answered.status == 200 && left.status == 202 && eventually([this] {
                   const auto row = committed_row(folder / "disk/journal.db", "left");
                   return row && !row->attempts.empty() && row->attempts.front().finished;
               });
    }
    void expect_waiting(const std::string& reason) const {
        EXPECT_TRUE(gateway->wait_for(waiting_for_journal)) << gateway->output();
        EXPECT_TRUE(eventually([&] {
            return admin("/readyz").body.find(reason) != std::string::npos;
        })) << admin("/readyz").body;
        const auto id = std::string(flow::json_of(answered).at("id").as_string());
        const std::map<std::string, flow::answer> refused{
            {"a new wish", post("new", flow::voucher_body("new1", "N"))},
            {"a wish answered before", post("answered", flow::voucher_body("answered1", "A"))},
            {"a question", get("/v1/redemptions/" + id)},
            {"a list", get("/v1/redemptions")},
        };
        for (const auto& [what, got] : refused) {
            EXPECT_EQ(got.status, 503U) << what << ": " << got.body;
            EXPECT_NE(got.body.find("journal-unavailable"), std::string::npos) << got.body;
            EXPECT_NE(got.body.find(reason), std::string::npos) << what << ": " << got.body;
            EXPECT_NE(got.header("retry-after"), "") << what;
        }
        EXPECT_EQ(admin("/readyz").status, 503U);
        EXPECT_EQ(admin("/livez").status, 200U);
        EXPECT_EQ(get("/v1/accounts").status, 200U);
    }
    void expect_one_line_for_many_failures() const {
        EXPECT_TRUE(eventually([this] { return journal_failures() >= 3; }));
        EXPECT_EQ(count_of(R"("event":"journal_failed")", gateway->output()), 1U)
            << gateway->output();
    }
    void expect_served(std::chrono::milliseconds limit = std::chrono::seconds(20)) {
        EXPECT_TRUE(gateway->wait_for(serving, limit)) << gateway->output();
        EXPECT_EQ(admin("/readyz").status, 200U);
        EXPECT_TRUE(eventually([this] { return executed("left1") == 1; }));
        EXPECT_EQ(post_until_settled("left", flow::eticket_body("left1")).status, 200U);
        const auto replay = post("answered", flow::voucher_body("answered1", "A"));
        EXPECT_EQ(replay.body, answered.body);
        EXPECT_EQ(post("new", flow::voucher_body("new1", "N")).status, 200U);
        for (const char* natural : {"answered1", "left1", "new1"}) {
            EXPECT_EQ(executed(natural), 1) << natural;
        }
    }

    flow::answer answered;

private:
    int journal_failures() const {
        const auto metrics = admin("/metrics").body;
        std::smatch found;
        const std::regex wanted("\nredemption_gateway_journal_failures_total ([0-9]+)");
        return std::regex_search(metrics, found, wanted) ? std::stoi(found[1].str()) : 0;
    }
};

class StartInTrouble : public ::testing::TestWithParam<trouble_row> {
protected:
    ~StartInTrouble() override { w.gateway.reset(); }

    // `ongoing` stays null where this machine can't play the trouble.
    void begin() {
        if (GetParam().on_small_disk) {
            small.emplace((w.folder / "disk").string());
            if (!small->mounted()) {
                GTEST_SKIP() << "NOT TESTED: needs the right to mount a small file system";
            }
        }
        ASSERT_TRUE(w.leave_answered_and_pending());
        ASSERT_EQ(w.stop_gateway(), 0);
        std::string why_not;
        ongoing = GetParam().begin(w, why_not);
        if (!ongoing) {
            GTEST_SKIP() << "NOT TESTED: " << why_not;
        }
        seen = requests_seen(w).size();
        w.start_gateway();
    }

    started_world w;
    std::optional<small_disk> small;
    std::unique_ptr<trouble> ongoing;
    std::size_t seen = 0;
};

TEST_P(StartInTrouble, GivesTheReasonSendsNothingAndServesWhenItEnds) {
    begin();
    if (!ongoing) {
        return;
    }
    w.expect_waiting(GetParam().reason);
    w.expect_one_line_for_many_failures();
    EXPECT_EQ(requests_seen(w).size(), seen);
    w.clear_faults();
    ongoing.reset();
    w.expect_served();
    EXPECT_EQ(w.stop_gateway(), 0);
}

TEST_P(StartInTrouble, EndsInOrderOnSigtermMeanwhile) {
    begin();
    if (!ongoing) {
        return;
    }
    w.expect_waiting(GetParam().reason);
    EXPECT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    EXPECT_EQ(requests_seen(w).size(), seen);
    w.clear_faults();
    ongoing.reset();
    w.start_gateway();
    w.expect_served();
    w.gateway.reset();
}

INSTANTIATE_TEST_SUITE_P(
    ,
    StartInTrouble,
    ::testing::ValuesIn(start_troubles),
    [](const auto& given) { return std::string(given.param.name); }
);

// Opening a file that another process has a lease on blocks until the lease is released.
TEST(StartOnAHangingDisk, GivesTheReasonAndEndsInOrderOnSigterm) {
    started_world w;
    ASSERT_TRUE(w.leave_answered_and_pending());
    ASSERT_EQ(w.stop_gateway(), 0);
    w.clear_faults();
    const auto seen = requests_seen(w).size();
    {
        const auto file = w.folder / "disk/journal.db";
        const descriptor leased(open(file.c_str(), O_RDONLY | O_CLOEXEC));
        // The kernel signals the holder; this signal is ignored by default.
        ASSERT_EQ(fcntl(leased.get(), F_SETSIG, SIGURG), 0);
        if (fcntl(leased.get(), F_SETLEASE, F_RDLCK) != 0) {
            GTEST_SKIP() << "NOT TESTED: no leases on files here";
        }
        w.start_gateway();
        w.expect_waiting("the journal is being opened");
        EXPECT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    }
    EXPECT_EQ(requests_seen(w).size(), seen);
    w.start_gateway();
    w.expect_served();
    w.gateway.reset();
}

// An empty volume in the place of the journal's must not be taken for a first start.
TEST(StartWithoutTheJournal, ThatMustExistWaitsForIt) {
    started_world w;
    ASSERT_TRUE(w.leave_answered_and_pending());
    ASSERT_EQ(w.stop_gateway(), 0);
    w.clear_faults();
    w.change_settings("journal:\n", "journal:\n  must_exist: true\n");
    const auto seen = requests_seen(w).size();
    fs::rename(w.folder / "disk", w.folder / "elsewhere");
    fs::create_directory(w.folder / "disk");
    w.start_gateway();
    w.expect_waiting("journal.must_exist forbids creating one");
    EXPECT_FALSE(fs::exists(w.folder / "disk/journal.db"));
    EXPECT_EQ(requests_seen(w).size(), seen);
    fs::remove(w.folder / "disk");
    fs::rename(w.folder / "elsewhere", w.folder / "disk");
    w.expect_served();
    w.gateway.reset();
}

// Two gateways on one file, as while a pod is replaced.
class SecondGateway : public ::testing::TestWithParam<int> {
protected:
    started_world w;
};

TEST_P(SecondGateway, WaitsForTheFirstToEndAndRecoversWhatIsPending) {
    ASSERT_TRUE(w.leave_answered_and_pending());
    const auto first_port = w.api_port;
    const auto first = std::move(w.gateway);
    w.start_gateway();
    w.expect_waiting("another gateway process");
    EXPECT_EQ(requests_for(w, "new1"), 0U);
    const auto second_port = std::exchange(w.api_port, first_port);
    EXPECT_EQ(w.post("answered", flow::voucher_body("answered1", "A")).body, w.answered.body);
    w.api_port = second_port;
    first->signal(GetParam());
    EXPECT_EQ(first->wait_exit(), GetParam() == SIGTERM ? 0 : 128 + GetParam());
    w.clear_faults();
    w.expect_served(std::chrono::seconds(3));
    w.gateway.reset();
}

INSTANTIATE_TEST_SUITE_P(
    ,
    SecondGateway,
    ::testing::Values(SIGTERM, SIGKILL),
    [](const auto& given) { return given.param == SIGTERM ? "terminated" : "killed"; }
);

}  // namespace
}  // namespace gateway::crash
