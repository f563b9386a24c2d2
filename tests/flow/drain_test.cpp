// Tests of the drain after SIGTERM: readiness ends first, then the listener closes, then the
// requests in flight finish.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <csignal>
#include <future>

#include "protocol_world.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

using std::chrono::seconds;

TEST(Drain, ServesDuringTheDelayWhileNotReady) {
    world_options options;
    options.drain_delay = "1s";
    world w(options);
    EXPECT_EQ(w.admin("/readyz").status, 200U);
    w.gateway->signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return w.admin("/readyz").status == 503; }));
    EXPECT_EQ(w.admin("/livez").status, 200U);
    const auto late = w.post("late", voucher_body("late1"));
    EXPECT_EQ(late.status, 200U) << late.body;
    EXPECT_EQ(late.header("connection"), "close");
    EXPECT_EQ(w.gateway->wait_exit(), 0) << w.gateway->output();
    EXPECT_EQ(w.executed("late1"), 1);
    EXPECT_EQ(w.post("later", voucher_body("later1")).status, 0U);
}

// The kernel discards a signal to the first process of a container that has no handler yet, so the
// program must accept one that arrives earlier.
TEST(Drain, ASignalBeforeTheHandlerIsInstalledEndsTheProgram) {
    world_options options;
    options.start_gateway_now = false;
    world w(options);
    w.gateway = std::make_unique<child_process>(
        "/usr/bin/env",
        std::vector<std::string>{
            "--block-signal=TERM",
            "/bin/sh",
            "-c",
            "kill -TERM $$; exec \"$0\" --config \"$1\"",
            std::string(GATEWAY_BIN_DIR) + "/redemption-gateway",
            (w.folder / "gateway.yaml").string()
        },
        std::map<std::string, std::string>{{"SIMULATOR_PORT", std::to_string(w.simulator_port)}}
    );
    EXPECT_EQ(w.gateway->wait_exit(seconds(20)), 0) << w.gateway->output();
    EXPECT_THAT(w.gateway->output(), testing::HasSubstr("\"stopped\""));
}

// Every timeout of the gateway and of the clients is longer than the wait for its exit.
TEST(Drain, NeitherIdleConnectionsNorSlowSendersDelayIt) {
    world_options options;
    options.server_extra =
        "  drain_timeout: 5m\n"
        "  body_timeout: 5m\n"
        "  idle_timeout: 5m\n";
    world w(options);
    auto idle = std::async(std::launch::async, [&] {
        return raw_exchange(
            w.api_port, "GET /v1/accounts HTTP/1.1\r\nHost: x\r\n\r\n", seconds(120)
        );
    });
    auto sender = std::async(std::launch::async, [&] {
        return raw_exchange(
            w.api_port,
            "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
            seconds(120)
        );
    });
    ASSERT_TRUE(eventually([&] {
        return w.admin("/metrics").body.find("open_connections{listener=\"api\"} 2") !=
               std::string::npos;
    }));
    EXPECT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    EXPECT_TRUE(idle.get().starts_with("HTTP/1.1 200"));
    EXPECT_EQ(sender.get().find("HTTP/1.1 200"), std::string::npos);
}

TEST(Drain, WaitingCallersGetTheirAnswer) {
    world w;
    w.fault(R"({"fault":"late","delay_ms":800,"times":1})");
    const auto body = voucher_body("waits1", "CODE-WAITS");
    auto waiting = std::async(std::launch::async, [&] { return w.post("waits", body); });
    ASSERT_TRUE(w.gateway->running());
    ASSERT_TRUE(eventually([&] {
        return w.control("GET", "/_sim/requests").body.find("waits1") != std::string::npos;
    }));
    EXPECT_EQ(w.stop_gateway(), 0) << w.gateway->output();
    const auto got = waiting.get();
    EXPECT_EQ(got.status, 200U) << got.body;
    EXPECT_EQ(got.header("connection"), "close");
    EXPECT_EQ(w.executed("waits1"), 1);
}

TEST(Drain, CallersPastTheTimeoutGetALocation) {
    world_options options;
    options.server_extra = "  drain_timeout: 2s\n";
    options.attempt_timeout = "20s";
    world w(options);
    w.fault(R"({"fault":"execute-then-late","delay_ms":8000,"times":1})");
    const auto body = voucher_body("long1", "CODE-LONG");
    auto waiting = std::async(std::launch::async, [&] {
        return w.post("long", body, {{"Prefer", "wait=30"}});
    });
    ASSERT_TRUE(w.executes(1));
    w.gateway->signal(SIGTERM);
    const auto got = waiting.get();
    EXPECT_EQ(got.status, 202U) << got.body;
    EXPECT_NE(got.header("location"), "");
    EXPECT_EQ(w.gateway->wait_exit(), 1) << "the timeout must end the attempt";
    // The journal has the attempt in flight, so the next process continues the redemption.
    w.clear_faults();
    w.start_gateway();
    EXPECT_EQ(w.post_until_settled("long", body).status, 200U);
    EXPECT_EQ(w.executed("long1"), 1);
}

TEST(Drain, ASecondSignalSkipsTheDrainAndLosesNothing) {
    world_options options;
    options.drain_delay = "60s";
    options.attempt_timeout = "20s";
    world w(options);
    const auto done = voucher_body("done1", "CODE-DONE");
    EXPECT_EQ(w.post("done", done).status, 200U);
    w.fault(R"({"fault":"execute-then-late","delay_ms":8000,"times":1})");
    const auto cut = voucher_body("cut1", "CODE-CUT");
    EXPECT_EQ(w.post("cut", cut, {{"Prefer", "respond-async"}}).status, 202U);
    ASSERT_TRUE(w.executes(2));
    w.gateway->signal(SIGTERM);
    ASSERT_TRUE(w.gateway->wait_for("\"ending\""));
    EXPECT_TRUE(w.gateway->running());
    w.gateway->signal(SIGTERM);
    EXPECT_EQ(w.gateway->wait_exit(), 1) << "the exit must not wait for the attempt";
    w.clear_faults();
    w.start_gateway();
    EXPECT_EQ(w.post("done", done).header("idempotent-replayed"), "true");
    EXPECT_EQ(w.post_until_settled("cut", cut).status, 200U);
    EXPECT_EQ(w.executed("cut1"), 1);
}

}  // namespace
}  // namespace gateway::flow
