// The journal in trouble under the running program: nothing unsafe is sent, no answer given or
// received is lost, callers and /readyz get the reason, and the trouble ends without a restart
// (docs/journal.md, Journal trouble).
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <fstream>
#include <optional>

#include "eventually.hpp"
#include "journal_view.hpp"
#include "platform_view.hpp"
#include "trouble.hpp"
#include "wire_proxy.hpp"

namespace gateway::crash {
namespace {

namespace fs = std::filesystem;

flow::world_options options() {
    flow::world_options chosen;
    chosen.start_gateway_now = false;
    chosen.attempt_timeout = "20s";
    chosen.journal_path = "disk/journal.db";
    return chosen;
}

std::string state_of(const flow::answer& got) {
    const auto body = flow::json_of(got);
    const auto* state = body.if_contains("state");
    return state == nullptr ? "none" : std::string(state->as_string());
}

std::string id_of(const flow::answer& got) {
    return std::string(flow::json_of(got).at("id").as_string());
}

class JournalInTrouble : public ::testing::TestWithParam<trouble_row> {
protected:
    JournalInTrouble() { fs::create_directory(w.folder / "disk"); }
    ~JournalInTrouble() override { w.gateway.reset(); }

    bool make_disk() {
        if (GetParam().on_small_disk) {
            small.emplace((w.folder / "disk").string());
        }
        return !small || small->mounted();
    }
    void start() {
        w.platform_port = wire.port();
        w.start_gateway();
    }
    // Answered before the trouble.
    flow::answer answer_one() { return w.post("answered", flow::voucher_body("answered1", "A")); }
    // Executed, with the answer still in the relay.
    bool hold_an_answer() {
        wire.allow(wire_proxy::everything, 0);
        held_id = id_of(w.post("held", flow::ticket_body("1753340805138540001"), leave));
        return eventually([this] { return w.executed("1753340805138540001") == 1; });
    }
    // The platform bans its method for a second.
    bool leave_one_waiting() {
        w.fault(R"({"fault":"throttle","method":"taobao.eticket.merchant.ma.send","ban_s":1})");
        waiting_id = id_of(w.post("waiting", flow::eticket_body("waiting1"), leave));
        return eventually([this] {
            const auto row = committed_row(w.folder / "disk/journal.db", "waiting");
            return row && row->attempts.size() == 1 && row->attempts.front().finished;
        });
    }
    bool gateway_says_held(const std::string& id) {
        return w.gateway->wait_for("journal_holds_result[^\n]*" + id).has_value();
    }
    bool readyz_is(unsigned status) {
        return eventually([&] { return w.admin("/readyz").status == status; });
    }
    void expect_refused_with_the_reason() {
        const auto refused = w.post("new", flow::voucher_body("new1", "N"));
        EXPECT_EQ(refused.status, 503U) << refused.body;
        // The first to meet a failing flush is in doubt.
        const bool in_doubt =
            GetParam().may_survive && refused.body.find("acceptance-pending") != std::string::npos;
        const bool named = refused.body.find(GetParam().reason) != std::string::npos;
        EXPECT_TRUE(named || in_doubt) << refused.body;
        EXPECT_NE(refused.header("retry-after"), "");
        EXPECT_TRUE(readyz_is(503));
        const auto ready = w.admin("/readyz").body;
        EXPECT_NE(ready.find(GetParam().reason), std::string::npos) << ready;
    }
    void expect_everything_in_order() {
        const auto held = w.post_until_settled("held", flow::ticket_body("1753340805138540001"));
        EXPECT_EQ(state_of(held), "succeeded") << held.body;
        EXPECT_EQ(requests_for(w, "1753340805138540001"), 1U);
        EXPECT_EQ(w.executed("1753340805138540001"), 1);
        EXPECT_EQ(
            state_of(w.post_until_settled("waiting", flow::eticket_body("waiting1"))), "succeeded"
        );
        EXPECT_EQ(w.executed("waiting1"), 1);
        EXPECT_EQ(
            state_of(w.post_until_settled("new", flow::voucher_body("new1", "N"))), "succeeded"
        );
        EXPECT_EQ(w.executed("new1"), 1);
        EXPECT_EQ(w.executed("answered1"), 1);
    }

    const std::map<std::string, std::string> leave{{"Prefer", "respond-async"}};
    flow::world w{options()};
    std::optional<small_disk> small;
    wire_proxy wire{w.simulator_port};
    std::string held_id;
    std::string waiting_id;
};

TEST_P(JournalInTrouble, LosesNothingSendsNothingGivesTheReasonAndRecovers) {
    if (!make_disk()) {
        GTEST_SKIP() << "NOT TESTED: needs the right to mount a small file system";
    }
    start();
    const auto answered = answer_one();
    ASSERT_EQ(answered.status, 200U) << answered.body;
    ASSERT_TRUE(leave_one_waiting());
    ASSERT_TRUE(hold_an_answer());
    std::string why_not;
    auto ongoing = GetParam().begin(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }

    expect_refused_with_the_reason();
    EXPECT_TRUE(gateway_says_held(waiting_id)) << "its second attempt could not be recorded";
    wire.allow(wire_proxy::everything, wire_proxy::everything);
    EXPECT_TRUE(gateway_says_held(held_id)) << "its answer could not be recorded";
    const auto held = w.post("held", flow::ticket_body("1753340805138540001"), leave);
    EXPECT_EQ(state_of(held), "pending") << "answered before it was durable: " << held.body;
    const auto replay = w.post("answered", flow::voucher_body("answered1", "A"));
    EXPECT_EQ(replay.body, answered.body);
    EXPECT_EQ(replay.header("idempotent-replayed"), "true");
    EXPECT_EQ(requests_for(w, "new1"), 0U);
    EXPECT_EQ(requests_for(w, "waiting1"), 1U);

    ongoing.reset();
    EXPECT_TRUE(readyz_is(200)) << w.admin("/readyz").body;
    expect_everything_in_order();
    w.kill_gateway();
    start();
    expect_everything_in_order();
    EXPECT_EQ(w.post("answered", flow::voucher_body("answered1", "A")).body, answered.body);
    w.gateway.reset();
}

// The process alone held the answer that was received while the disk failed.
TEST_P(JournalInTrouble, NeverSendsTwiceAfterACrashDuringIt) {
    if (!make_disk()) {
        GTEST_SKIP() << "NOT TESTED: needs the right to mount a small file system";
    }
    start();
    const auto answered = answer_one();
    ASSERT_TRUE(hold_an_answer());
    std::string why_not;
    auto ongoing = GetParam().begin(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    wire.allow(wire_proxy::everything, wire_proxy::everything);
    EXPECT_TRUE(gateway_says_held(held_id));
    w.kill_gateway();
    ongoing.reset();
    start();
    const auto held = w.post_until_settled("held", flow::ticket_body("1753340805138540001"));
    const bool survived = GetParam().may_survive && state_of(held) == "succeeded";
    EXPECT_TRUE(survived || state_of(held) == "unknown") << held.body;
    EXPECT_EQ(requests_for(w, "1753340805138540001"), 1U);
    EXPECT_EQ(w.post("answered", flow::voucher_body("answered1", "A")).body, answered.body);
    w.gateway.reset();
}

// A caller that was refused may rely on it even if the gateway crashes right afterwards.
TEST_P(JournalInTrouble, ForgetsARefusedWishInACrashRightAfterwards) {
    if (!make_disk()) {
        GTEST_SKIP() << "NOT TESTED: needs the right to mount a small file system";
    }
    start();
    const auto answered = answer_one();
    std::string why_not;
    auto ongoing = GetParam().begin(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    const auto refused = w.post("new", flow::voucher_body("new1", "N"));
    w.kill_gateway();
    EXPECT_EQ(refused.status, 503U) << refused.body;
    // A flush that failed leaves a doubt that only another flush ends: no promise is made then.
    const auto* said = GetParam().may_survive ? "acceptance-pending" : GetParam().reason;
    EXPECT_NE(refused.body.find(said), std::string::npos) << refused.body;
    ongoing.reset();
    start();
    EXPECT_FALSE(committed_row(w.folder / "disk/journal.db", "new"));
    EXPECT_EQ(w.post("later", flow::voucher_body("later1", "L")).status, 200U);
    EXPECT_EQ(requests_for(w, "new1"), 0U);
    EXPECT_EQ(w.post("answered", flow::voucher_body("answered1", "A")).body, answered.body);
    w.gateway.reset();
}

TEST_P(JournalInTrouble, ForgetsARefusedRetryInACrashRightAfterwards) {
    if (!make_disk()) {
        GTEST_SKIP() << "NOT TESTED: needs the right to mount a small file system";
    }
    start();
    w.fault(R"({"fault":"reset-after-reading","times":1})");
    const std::string order = "1753340805138540003";
    const auto unknown = w.post("unknown", flow::ticket_body(order));
    ASSERT_EQ(state_of(unknown), "unknown") << unknown.body;
    std::string why_not;
    auto ongoing = GetParam().begin(w, why_not);
    if (!ongoing) {
        GTEST_SKIP() << "NOT TESTED: " << why_not;
    }
    const auto refused = flow::call(
        w.api_port,
        "POST",
        unknown.header("location") + "/retry",
        {{"Content-Type", "application/json"}},
        R"({"note":"once more"})"
    );
    w.kill_gateway();
    EXPECT_EQ(refused.status, 503U) << refused.body;
    ongoing.reset();
    start();
    EXPECT_EQ(committed_row(w.folder / "disk/journal.db", "unknown")->state, "unknown");
    EXPECT_EQ(w.post("later", flow::voucher_body("later1", "L")).status, 200U);
    EXPECT_EQ(requests_for(w, order), 1U);
    w.gateway.reset();
}

INSTANTIATE_TEST_SUITE_P(, JournalInTrouble, ::testing::ValuesIn(troubles), [](const auto& given) {
    return std::string(given.param.name);
});

class JournalFile : public ::testing::Test {
protected:
    JournalFile() {
        fs::create_directory(w.folder / "disk");
        w.start_gateway();
        voucher = w.post("voucher", flow::voucher_body("file1", "F"));
        ticket = w.post("ticket", flow::ticket_body("1753340805138540002"));
    }
    fs::path log() const { return w.folder / "disk/journal.db-wal"; }
    void expect_both_answers_stand() {
        EXPECT_EQ(w.post("voucher", flow::voucher_body("file1", "F")).body, voucher.body);
        EXPECT_EQ(w.post("ticket", flow::ticket_body("1753340805138540002")).body, ticket.body);
        EXPECT_EQ(requests_for(w, "file1"), 1U);
        EXPECT_EQ(requests_for(w, "1753340805138540002"), 1U);
    }

    flow::world w{options()};
    flow::answer voucher;
    flow::answer ticket;
};

TEST_F(JournalFile, WithATornWriteAfterItsLastCommitLosesNothing) {
    w.kill_gateway();
    const auto whole = fs::file_size(log());
    std::ofstream(log(), std::ios::app | std::ios::binary) << std::string(5000, '\x5a');
    ASSERT_GT(fs::file_size(log()), whole);
    w.start_gateway();
    expect_both_answers_stand();
}

// The disk lost its last flush, that of the ticket's result. The ticket is not sent again.
TEST_F(JournalFile, ThatLostItsLastCommitSendsNothingTwice) {
    w.kill_gateway();
    fs::resize_file(log(), fs::file_size(log()) - 100);
    w.start_gateway();
    const auto after = w.post_until_settled("ticket", flow::ticket_body("1753340805138540002"));
    EXPECT_EQ(state_of(after), "unknown") << after.body;
    EXPECT_EQ(requests_for(w, "1753340805138540002"), 1U);
    EXPECT_EQ(w.post("voucher", flow::voucher_body("file1", "F")).body, voucher.body);
}

}  // namespace
}  // namespace gateway::crash
