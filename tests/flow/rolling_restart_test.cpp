// Three gateways are restarted one after another while callers go on:
//   flow_rolling_restart_tests [--rate=40] [--rounds=1]
// The rate is of requests per second.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "replicas_world.hpp"
#include "steady_load.hpp"

namespace gateway::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::size_t replicas = 3;
double rate = 40;
int rounds = 1;

world_options quick_platform() {
    world_options chosen;
    chosen.drain_delay = "300ms";
    chosen.account_extra = "    limits: { requests_per_second: 5000, in_flight: 128 }\n";
    return chosen;
}

// How many effects were executed, and how many more than once.
std::pair<int, int> executed(const world& platform) {
    int all = 0;
    int doubled = 0;
    const auto ledger = json_of(platform.control("GET", "/_sim/ledger"));
    for (const auto& effect : ledger.at("effects").as_array()) {
        const auto times = effect.at("times").to_number<int>();
        all += times;
        doubled += times > 1 ? 1 : 0;
    }
    return {all, doubled};
}

// A restart as a rollout makes it: the service leaves the replica out, then the replica drains.
void restart(replicas_world& w, steady_load& load, std::size_t replica) {
    w.signal(replica, SIGTERM);
    load.serve(replica, 0);
    EXPECT_EQ(w.ended_with(replica), 0);
    w.start(replica);
    ASSERT_TRUE(w.ready(replica));
    load.serve(replica, w.api_port(replica));
}

TEST(RollingRestart, FailsNoRequest) {
    replicas_world w(replicas, quick_platform());
    steady_load load(replicas, rate, 32);
    for (std::size_t i = 0; i < replicas; ++i) {
        ASSERT_TRUE(w.ready(i));
        load.serve(i, w.api_port(i));
    }
    const auto begun = steady_clock::now();
    load.begin();
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < replicas; ++i) {
            restart(w, load, i);
        }
    }
    const auto took = std::chrono::duration<double>(steady_clock::now() - begun);
    const auto report = load.end();
    std::cout << report.requests << " requests in " << took.count() << " s, " << report.closed
              << " connections closed, " << report.pending << " answers 202, slowest "
              << report.slowest.count() << " ms, at most " << report.behind.count()
              << " ms behind\n";
    for (const auto& text : report.refusals) {
        ADD_FAILURE() << text;
    }
    EXPECT_EQ(report.statuses.at(200), report.requests);
    EXPECT_EQ(executed(w.platform), std::pair(report.requests, 0));
    EXPECT_EQ(w.database.query("SELECT count(*) FROM open_redemptions"), "0");
    EXPECT_EQ(
        w.database.query("SELECT count(*) FROM outcomes WHERE state = 'succeeded'"),
        std::to_string(report.requests)
    );
}

// What waits for a ban, for its order or for its next attempt belongs to others soon.
TEST(RollingRestart, HandsOverWithinTwoSeconds) {
    auto options = quick_platform();
    options.drain_delay = "0s";
    replicas_world w(replicas, options);
    w.platform.fault(R"({"fault":"throttle","ban_s":40,"times":1,"platform":"taobao"})");
    w.platform.fault(R"({"fault":"http-status","status":503,"times":"always","platform":"alipay"})"
    );
    const std::map<std::string, std::string> at_once{{"Prefer", "respond-async"}};
    for (int i = 0; i < 20; ++i) {
        const auto name = std::to_string(1'753'340'800'000'000'000U + static_cast<unsigned>(i));
        ASSERT_EQ(w.post(0, "t" + name, ticket_body(name), at_once).status, 202U);
        ASSERT_EQ(w.post(0, "v" + name, voucher_body(name, "CODE" + name), at_once).status, 202U);
        ASSERT_EQ(
            w.post(0, "o" + name, ticket_body("1753340805138540001", i + 1), at_once).status, 202U
        );
    }
    const auto own =
        w.database.query("SELECT owner FROM open_redemptions WHERE owner IS NOT NULL GROUP BY owner"
        );
    ASSERT_EQ(own.find('\n'), std::string::npos) << own;
    const auto told = steady_clock::now();
    w.signal(0, SIGTERM);
    const auto left = [&] {
        return w.database.query(
            "SELECT count(*) FROM open_redemptions WHERE NOT unknown AND (owner IS NULL OR owner = " +
            own + ")"
        );
    };
    while (left() != "0" && steady_clock::now() < told + seconds(15)) {
    }
    const auto took = std::chrono::floor<milliseconds>(steady_clock::now() - told);
    std::cout << "handed over after " << took.count() << " ms\n";
    EXPECT_LT(took, seconds(2));
    EXPECT_EQ(w.ended_with(0), 0);
    EXPECT_EQ(w.database.query("SELECT count(*) FROM open_redemptions WHERE unknown"), "0");
    EXPECT_EQ(w.database.query("SELECT count(*) FROM open_redemptions"), "60");
}

}  // namespace

bool take_option(std::string_view argument) {
    const auto value = [&](std::string_view name) {
        return argument.starts_with(name)
                   ? std::atoi(std::string(argument.substr(name.size())).c_str())
                   : 0;
    };
    if (const int given = value("--rate="); given > 0) {
        rate = given;
        return true;
    }
    if (const int given = value("--rounds="); given > 0) {
        rounds = given;
        return true;
    }
    return false;
}

}  // namespace gateway::flow

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        if (!gateway::flow::take_option(argv[i])) {
            std::cerr << "unknown: " << argv[i] << '\n';
            return EXIT_FAILURE;
        }
    }
    return RUN_ALL_TESTS();
}
