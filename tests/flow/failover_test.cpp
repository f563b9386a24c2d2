// The database's server is lost while three gateways work, and a standby takes its place.
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <vector>

#include "protocol_world.hpp"
#include "replicas_world.hpp"

namespace gateway::flow {
namespace {

using support::postgres_server;

constexpr std::size_t replicas = 3;
const std::map<std::string, std::string> at_once{{"Prefer", "respond-async"}};

std::string number(int n) {
    return "17533408051385449" + std::to_string(10 + n);
}

std::string id_of(const answer& from) {
    return std::string(json_of(from).at("id").as_string());
}

// So many succeed at each replica in turn; gives their ids.
std::vector<std::string> redeem(const replicas_world& w, int from, int to) {
    std::vector<std::string> ids;
    for (int n = from; n < to; ++n) {
        const auto replica = static_cast<std::size_t>(n) % replicas;
        const auto got = w.post(replica, number(n), eticket_body(number(n)));
        EXPECT_EQ(state_of(got), "succeeded") << got.body;
        ids.push_back(id_of(got));
    }
    return ids;
}

// Each replica repeats the answers, and the platform executed each once.
void expect_repeated(const replicas_world& w, int from, const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto key = number(from + static_cast<int>(i));
        const auto got = w.post((i + 1) % replicas, key, eticket_body(key));
        EXPECT_EQ(got.header("idempotent-replayed"), "true") << got.body;
        EXPECT_EQ(id_of(got), ids[i]);
        EXPECT_EQ(w.platform.executed(key), 1);
    }
}

// The number that the sentence of /readyz ends with.
std::string newest_loss(const answer& readiness) {
    const std::string before = "must acknowledge loss ";
    const auto at = readiness.body.find(before);
    if (at == std::string::npos) {
        ADD_FAILURE() << readiness.body;
        return "0";
    }
    const auto begin = at + before.size();
    return readiness.body.substr(begin, readiness.body.find('"', begin) - begin);
}

int sum_of(const replicas_world& w, const std::string& series) {
    int sum = 0;
    for (std::size_t replica = 0; replica < replicas; ++replica) {
        sum += std::stoi(w.metric(replica, series));
    }
    return sum;
}

TEST(Failover, ASynchronousStandbyThatIsPromotedLacksNothing) {
    postgres_server primary;
    postgres_server standby{{.standby_of = &primary}};
    postgres_server next{{.standby_of = &standby}};
    primary.set("synchronous_standby_names", "'standby'");
    standby.set("synchronous_standby_names", "'standby'");
    const replicas_world w(
        replicas, {}, replicas_world::database_options{&primary, standby.host(), "standby"}
    );
    const auto before = redeem(w, 0, 9);
    primary.stop_immediate();
    standby.promote();
    for (std::size_t replica = 0; replica < replicas; ++replica) {
        EXPECT_TRUE(w.writes(replica)) << w.readiness(replica).body;
        EXPECT_TRUE(w.ready(replica)) << w.readiness(replica).body;
    }
    expect_repeated(w, 0, before);
    redeem(w, 9, 12);
    EXPECT_EQ(sum_of(w, "redemption_gateway_journal_missing_redemptions_total"), 0);
    EXPECT_EQ(standby.query(w.database.name(), "SELECT count(*) FROM journal_losses"), "0");
    EXPECT_EQ(
        standby.query(w.database.name(), "SELECT count(*) FROM replicas WHERE ended_at IS NULL"),
        "3"
    ) << "no living one was ended";
}

TEST(Failover, WhatAnAsynchronousOneLacksIsToldAndWrittenAgain) {
    postgres_server primary;
    postgres_server standby{{.standby_of = &primary}};
    replicas_world w(
        replicas, {}, replicas_world::database_options{&primary, standby.host(), "storage"}
    );
    auto ids = redeem(w, 0, 3);
    primary.wait_replayed(standby);
    standby.stop_receiving();
    const auto lost = redeem(w, 3, 9);
    ids.insert(ids.end(), lost.begin(), lost.end());
    w.platform.fault(R"({"fault":"throttle","ban_s":3,"times":1,"platform":"taobao"})");
    const auto open = w.post(0, "open", ticket_body(number(20)), {{"Prefer", "wait=1"}});
    ASSERT_EQ(open.status, 202U) << open.body;
    primary.stop_immediate();
    standby.promote();

    for (int n = 3; n < 9; ++n) {  // at once, and at one that does not know it
        const auto other = static_cast<std::size_t>(n + 1) % replicas;
        const auto early = w.post(other, number(n), eticket_body(number(n)));
        EXPECT_TRUE(early.status == 503 || early.header("idempotent-replayed") == "true")
            << early.body;
    }
    for (std::size_t replica = 0; replica < replicas; ++replica) {
        const auto told = w.unready(replica, "must acknowledge loss");
        EXPECT_EQ(told.status, 503U) << told.body;
    }
    EXPECT_TRUE(w.says(0, "of 7 redemptions, of which 7 are written again")) << w.readiness(0).body;
    EXPECT_TRUE(eventually([&] {
        return sum_of(w, "redemption_gateway_journal_missing_redemptions_total") == 7 &&
               sum_of(w, "redemption_gateway_journal_restored_redemptions_total") == 7;
    }));
    expect_repeated(w, 0, ids);
    EXPECT_EQ(state_of(w.settled(1, id_of(open))), "succeeded");
    EXPECT_EQ(w.platform.executed(number(20)), 1);

    const auto told = newest_loss(w.readiness(0));
    const auto known = w.acknowledge(1, R"({"up_to": )" + told + R"(, "note": "compared"})");
    EXPECT_EQ(known.status, 200U) << known.body;
    EXPECT_EQ(json_of(known).at("missing").to_number<int>(), 7);
    const std::string open_loss = "redemption_gateway_journal_unacknowledged_loss_redemptions";
    for (std::size_t replica = 0; replica < replicas; ++replica) {
        EXPECT_TRUE(w.ready(replica)) << w.readiness(replica).body;
        EXPECT_TRUE(eventually([&] { return w.metric(replica, open_loss) == "0"; }))
            << w.metric(replica, open_loss);
    }
}

}  // namespace
}  // namespace gateway::flow
