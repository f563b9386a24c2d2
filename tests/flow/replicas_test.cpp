// Tests of several gateways on one database: whichever replica is asked, the answer is the same.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <future>
#include <set>

#include "protocol_world.hpp"
#include "replicas_world.hpp"

namespace gateway::flow {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

const std::map<std::string, std::string> at_once{{"Prefer", "respond-async"}};

std::string id_of(const answer& from) {
    return std::string(json_of(from).at("id").as_string());
}

// Posts the same request to each replica at once.
std::vector<answer> post_everywhere(
    const replicas_world& w, const std::string& key, const std::string& body
) {
    std::vector<std::future<answer>> calls;
    for (std::size_t replica = 0; replica < 3; ++replica) {
        calls.push_back(std::async(std::launch::async, [&w, replica, key, body] {
            return w.post(replica, key, body);
        }));
    }
    std::vector<answer> answers;
    for (auto& one : calls) {
        answers.push_back(one.get());
    }
    return answers;
}

TEST(Replicas, TheSameKeyAtOnceHasOneEffectAndOneAnswer) {
    const replicas_world w;
    for (int i = 0; i < 10; ++i) {
        const auto natural = "175334080513854470" + std::to_string(i);
        std::set<std::string> ids;
        for (const auto& got : post_everywhere(w, "k" + natural, ticket_body(natural))) {
            EXPECT_EQ(got.status, 200U) << got.body;
            EXPECT_EQ(state_of(got), "succeeded") << got.body;
            ids.insert(id_of(got));
        }
        EXPECT_EQ(ids.size(), 1U);
        EXPECT_EQ(w.platform.executed(natural), 1);
    }
}

TEST(Replicas, ANaturalKeyIsTakenWhicheverReplicaIsAsked) {
    const replicas_world w;
    ASSERT_EQ(w.post(0, "first", eticket_body("1753340805138544801")).status, 200U);
    const auto second = w.post(1, "second", eticket_body("1753340805138544801"));
    EXPECT_EQ(second.status, 409U) << second.body;
    EXPECT_EQ(w.platform.executed("1753340805138544801"), 1);
}

TEST(Replicas, ATotalDoesNotFallWhicheverReplicaIsAsked) {
    const replicas_world w;
    const std::string order = "1753340805138544810";
    ASSERT_EQ(w.post(0, "three", ticket_body(order, 3)).status, 200U);
    const auto lower = w.post(1, "two", ticket_body(order, 2));
    EXPECT_EQ(lower.status, 409U) << lower.body;
}

TEST(Replicas, AKilledOneIsTakenOverWithinItsLease) {
    replicas_world w;
    w.platform.fault(R"({"fault":"execute-then-late","delay_ms":1900,"times":2})");
    const auto voucher = w.post(0, "voucher", voucher_body("taken1", "CODE-TAKEN"), at_once);
    const auto ticket = w.post(0, "ticket", ticket_body("1753340805138544820"), at_once);
    ASSERT_EQ(voucher.status, 202U) << voucher.body;
    ASSERT_EQ(ticket.status, 202U) << ticket.body;
    ASSERT_TRUE(w.platform.executes(2));
    w.kill(0);
    w.platform.clear_faults();
    const auto killed = steady_clock::now();
    EXPECT_EQ(state_of(w.settled(1, id_of(voucher))), "succeeded");
    EXPECT_EQ(state_of(w.settled(2, id_of(ticket))), "unknown");
    EXPECT_LT(steady_clock::now() - killed, seconds(3 + 3));
    EXPECT_EQ(w.platform.executed("taken1"), 1);
    EXPECT_EQ(w.platform.executed("1753340805138544820"), 1);
    const auto limit = steady_clock::now() + seconds(20);
    const auto counted = [&](const std::string& what) {
        const auto name = "redemption_gateway_journal_" + what;
        return std::stoi(w.metric(1, name)) + std::stoi(w.metric(2, name));
    };
    while (counted("taken_redemptions_total") < 2 && steady_clock::now() < limit) {
    }
    const std::string unknown = "redemption_gateway_redemptions_unknown";
    const auto shown = [&](const char* count) {
        while (w.metric(1, unknown) != count || w.metric(2, unknown) != count) {
            if (steady_clock::now() > limit) {
                return false;
            }
        }
        return true;
    };
    EXPECT_TRUE(shown("1"));
    EXPECT_EQ(w.resolve(1, id_of(ticket), "succeeded").status, 200U);
    EXPECT_TRUE(shown("0"));
    EXPECT_EQ(counted("taken_redemptions_total"), 2);
    EXPECT_EQ(counted("replicas_ended_total"), 1);
    EXPECT_EQ(counted("replicas"), 2 + 2);
    EXPECT_EQ(counted("leases_lost_total"), 0);
}

TEST(Replicas, AStoppingOneHandsItsWorkOver) {
    replicas_world w;
    w.platform.fault(R"({"fault":"throttle","ban_s":3,"times":1,"platform":"taobao"})");
    const auto pending = w.post(0, "k", ticket_body("1753340805138544830"), {{"Prefer", "wait=1"}});
    ASSERT_EQ(pending.status, 202U) << pending.body;
    EXPECT_EQ(w.stop(0), 0);
    EXPECT_EQ(state_of(w.settled(1, id_of(pending))), "succeeded");
    EXPECT_EQ(w.platform.executed("1753340805138544830"), 1);
}

TEST(Replicas, OneThatStoodStillForLongBeginsANewLife) {
    replicas_world w;
    ASSERT_EQ(w.post(0, "warm", voucher_body("warm1", "CODE-WARM")).status, 200U);
    w.signal(0, SIGSTOP);
    const auto ended = [&] {
        return w.database.query("SELECT count(*) FROM replicas WHERE ended_at IS NOT NULL");
    };
    const auto limit = steady_clock::now() + seconds(15);
    while (ended() == "0" && steady_clock::now() < limit) {
    }
    EXPECT_EQ(ended(), "1");
    w.signal(0, SIGCONT);
    const auto after = w.post(0, "after", voucher_body("after1", "CODE-AFTER"));
    EXPECT_EQ(after.status, 200U) << after.body;
    EXPECT_EQ(w.platform.executed("after1"), 1);
}

TEST(Replicas, ADatabaseThatRestartsLosesNothing) {
    replicas_world w;
    ASSERT_EQ(w.post(0, "before", voucher_body("before1", "CODE-BEFORE")).status, 200U);
    w.database.server().stop_immediate();
    const auto meanwhile = w.post(1, "meanwhile", voucher_body("meanwhile1", "CODE-MEAN"));
    EXPECT_EQ(meanwhile.status, 503U) << meanwhile.body;
    w.database.server().start();
    for (std::size_t replica = 0; replica < 3; ++replica) {
        EXPECT_TRUE(w.writes(replica)) << "all have looked for their writes";
        EXPECT_TRUE(w.ready(replica));
        const auto again = w.post(replica, "before", voucher_body("before1", "CODE-BEFORE"));
        EXPECT_EQ(again.header("idempotent-replayed"), "true") << again.body;
    }
    EXPECT_EQ(w.platform.executed("before1"), 1);
}

}  // namespace
}  // namespace gateway::flow
