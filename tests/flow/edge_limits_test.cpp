// Tests of the API's limits: the gateway refuses excess requests before it sends anything, and
// serves the others.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <future>
#include <utility>

#include "protocol_world.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(EdgeLimits, ExcessRequestsInFlightAreShedWithoutAnEffect) {
    world_options options;
    options.server_extra = "  max_in_flight: 2\n";
    world w(options);
    w.fault(R"({"fault":"late","delay_ms":1500,"times":2})");
    const auto redeem = [&](const std::string& name) {
        return w.post(name, voucher_body(name, "CODE-" + name));
    };
    auto first = std::async(std::launch::async, redeem, "flight1");
    auto second = std::async(std::launch::async, redeem, "flight2");
    ASSERT_TRUE(eventually([&] {
        const auto seen = w.control("GET", "/_sim/requests").body;
        return seen.find("flight1") != std::string::npos &&
               seen.find("flight2") != std::string::npos;
    }));
    const auto shed = redeem("flight3");
    EXPECT_EQ(shed.status, 503U) << shed.body;
    EXPECT_EQ(shed.header("retry-after"), "1");
    EXPECT_THAT(shed.body, HasSubstr("problem:saturated"));
    EXPECT_EQ(json_of(shed).at("safe_to_retry"), true);
    EXPECT_EQ(first.get().status, 200U);
    EXPECT_EQ(second.get().status, 200U);
    EXPECT_EQ(w.executed("flight3"), 0);
    const auto again = redeem("flight3");
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(again.header("idempotent-replayed"), "") << "the shed request left a trace";
    EXPECT_EQ(w.executed("flight3"), 1);
}

TEST(EdgeLimits, DisconnectedCallersReleaseTheirPermitsAndLoseNothing) {
    namespace asio = boost::asio;
    world_options options;
    options.server_extra = "  max_in_flight: 2\n";
    options.attempt_timeout = "20s";
    world w(options);
    w.fault(R"({"fault":"execute-then-late","delay_ms":12000,"times":1})");
    const auto body = voucher_body("hang1", "CODE-HANG");
    const auto begun = w.post("hang", body, {{"Prefer", "respond-async"}});
    ASSERT_EQ(begun.status, 202U) << begun.body;
    asio::io_context loop;
    std::vector<asio::ip::tcp::socket> waiting;
    const std::string polling =
        "GET " + begun.header("location") + " HTTP/1.1\r\nHost: x\r\nPrefer: wait=60\r\n\r\n";
    const std::string attached =
        "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nPrefer: wait=60\r\nIdempotency-Key: hang\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    for (const auto& request : {polling, attached}) {
        waiting.emplace_back(loop).connect({asio::ip::address_v4::loopback(), w.api_port});
        asio::write(waiting.back(), asio::buffer(request));
    }
    const auto other = [&] {
        return w.get("/v1/accounts").status;
    };
    EXPECT_TRUE(eventually([&] { return other() == 503; }));
    waiting.clear();
    EXPECT_TRUE(eventually([&] { return other() == 200; }));
    EXPECT_EQ(state_of(w.get(begun.header("location"))), "pending")
        << "the permits were released only with the attempt's end";
    EXPECT_EQ(w.post("hang", body, {{"Prefer", "wait=20"}}).status, 200U);
    EXPECT_EQ(w.executed("hang1"), 1);
}

// `nc -N` and old clients close only their sending side. The platform answers later than the
// gateway notices that.
TEST(EdgeLimits, AHalfClosedConnectionGetsItsAnswers) {
    namespace asio = boost::asio;
    world w;
    w.fault(R"({"fault":"late","delay_ms":1000,"times":2})");
    std::string requests;
    for (const std::string key : {"half1", "half2"}) {
        const auto body = voucher_body(key, "CODE-" + key);
        requests +=
            "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nIdempotency-Key: " + key +
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
    }
    asio::io_context loop;
    asio::ip::tcp::socket half(loop);
    half.connect({asio::ip::address_v4::loopback(), w.api_port});
    asio::write(half, asio::buffer(requests));
    half.shutdown(asio::ip::tcp::socket::shutdown_send);
    std::string answers;
    boost::system::error_code end;
    asio::read(half, asio::dynamic_buffer(answers), end);
    EXPECT_EQ(end, asio::error::eof);
    const auto second = answers.rfind("HTTP/1.1 ");
    EXPECT_THAT(answers.substr(0, second), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answers.substr(second), StartsWith("HTTP/1.1 200 "));
    EXPECT_NE(second, 0U) << answers;
    EXPECT_EQ(w.executed("half"), 2);
}

TEST(EdgeLimits, ACallerOverItsRateGetsARetryTimeAndOthersAreServed) {
    world_options options;
    // SHA-256 of "quick" and "calm".
    options.gateway_extra =
        "callers:\n"
        "  - { name: quick, roles: [redeem, read], requests_per_second: 0.1,\n"
        "      token_sha256: 22c72aa82ce77c82e2ca65a711c79eaa4b51c57f85f91489ceeacc7b385943ba }\n"
        "  - { name: calm, roles: [redeem, read],\n"
        "      token_sha256: 2b4b2eadf7b2aece598d2f2ad4637361614a738a7cdf1a457d8b46db072184d5 }\n";
    world w(options);
    const auto redeem = [&](const std::string& name, const std::string& token) {
        return w.post(
            name, voucher_body(name, "CODE-" + name), {{"Authorization", "Bearer " + token}}
        );
    };
    EXPECT_EQ(redeem("rate1", "quick").status, 200U);
    const auto refused = redeem("rate2", "quick");
    EXPECT_EQ(refused.status, 429U) << refused.body;
    const auto wait = std::stoi(refused.header("retry-after"));
    EXPECT_GE(wait, 8);
    EXPECT_LE(wait, 10);
    EXPECT_EQ(w.executed("rate2"), 0);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(redeem("calm", "calm").status, 200U);
    }
    EXPECT_THAT(
        w.admin("/metrics").body,
        HasSubstr("http_shed_requests_total{listener=\"api\",reason=\"caller_rate\"} 1")
    );
}

TEST(EdgeLimits, IdleConnectionsAreEvictedForBusyOnes) {
    namespace asio = boost::asio;
    world_options options;
    options.server_extra = "  max_connections: 50\n";
    world w(options);
    asio::io_context loop;
    std::vector<asio::ip::tcp::socket> connections;
    const auto one_more = [&] {
        connections.emplace_back(loop).connect({asio::ip::address_v4::loopback(), w.api_port});
    };
    for (int i = 0; i < 200; ++i) {
        one_more();
        if (i % 20 == 0) {
            const auto name = "idle" + std::to_string(i);
            EXPECT_EQ(w.post(name, voucher_body(name, "CODE-" + name)).status, 200U);
        }
    }
    EXPECT_TRUE(eventually([&] {
        one_more();  // fills the slot of the previous request for metrics
        return w.admin("/metrics").body.find("open_connections{listener=\"api\"} 50\n") !=
               std::string::npos;
    }));
}

TEST(EdgeLimits, ConnectionsLeaveFilesForRedemptions) {
    namespace asio = boost::asio;
    world_options options;
    options.start_gateway_now = false;
    world w(options);
    w.gateway_runner = {"/usr/bin/prlimit", "--nofile=200:200"};
    w.start_gateway();
    asio::io_context loop;
    std::vector<asio::ip::tcp::socket> connections;
    for (const auto port : {w.api_port, w.admin_port}) {
        for (int i = 0; i < 250; ++i) {
            connections.emplace_back(loop).connect({asio::ip::address_v4::loopback(), port});
        }
    }
    EXPECT_EQ(w.post("files", voucher_body("files1", "CODE-FILES")).status, 200U);
    EXPECT_EQ(w.admin("/readyz").status, 200U);
    EXPECT_THAT(w.gateway->output(), HasSubstr("few_files"));
    EXPECT_THAT(w.gateway->output(), testing::Not(HasSubstr("accept_failed")));
}

// The program's log goes into a pipe that the test reads until the program serves, and not after.
class UnreadLog : public testing::Test {
protected:
    UnreadLog() {
        const auto pipe = (w.folder / "log").string();
        EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
        reading_ = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        w.gateway = std::make_unique<child_process>(
            "/bin/sh",
            std::vector<std::string>{
                "-c",
                "exec \"$0\" --config \"$1\" 2>\"$2\"",
                std::string(GATEWAY_BIN_DIR) + "/redemption-gateway",
                (w.folder / "gateway.yaml").string(),
                pipe
            },
            std::map<std::string, std::string>{{"SIMULATOR_PORT", std::to_string(w.simulator_port)}}
        );
        std::string log;
        EXPECT_TRUE(eventually([&] {
            char text[4096];
            const auto got = read(reading_, text, sizeof text);
            log.append(text, got > 0 ? static_cast<std::size_t>(got) : 0);
            return log.find("admin_port") != std::string::npos && log.ends_with('\n');
        }));
        w.api_port = port_after(log, "api_port");
        w.admin_port = port_after(log, "admin_port");
    }
    ~UnreadLog() override { stop_reading(); }

    void stop_reading() {
        if (reading_ >= 0) {
            close(std::exchange(reading_, -1));
        }
    }

    static world_options not_started() {
        world_options options;
        options.start_gateway_now = false;
        return options;
    }
    static std::uint16_t port_after(const std::string& text, const std::string& name) {
        const auto at = text.find_first_of("0123456789", text.find(name));
        return static_cast<std::uint16_t>(std::stoi(text.substr(at, 5)));
    }

    world w{not_started()};
    int reading_ = -1;
};

TEST_F(UnreadLog, BlocksNeitherRequestsNorTheExit) {
    // Each traced request logs a line; together they exceed the pipe and the queue many times.
    std::string traced;
    for (int i = 0; i < 1'000; ++i) {
        traced +=
            "GET /v1/accounts HTTP/1.1\r\nHost: x\r\n"
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n";
    }
    traced += "GET /v1/accounts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (int i = 0; i < 12; ++i) {
        EXPECT_THAT(raw_exchange(w.api_port, traced), HasSubstr("Connection: close"));
    }
    EXPECT_EQ(w.post("unread", voucher_body("unread1")).status, 200U);
    const auto metrics = w.admin("/metrics").body;
    EXPECT_THAT(metrics, HasSubstr("redemption_gateway_log_dropped_lines_total "));
    EXPECT_THAT(metrics, testing::Not(HasSubstr("redemption_gateway_log_dropped_lines_total 0\n")));
    w.gateway->signal(SIGTERM);
    EXPECT_EQ(w.gateway->wait_exit(), 0);
}

TEST_F(UnreadLog, MayLoseItsReader) {
    stop_reading();
    EXPECT_EQ(w.post("left", voucher_body("left1", "CODE-LEFT")).status, 200U);
    EXPECT_EQ(w.post("left again", voucher_body("left2", "CODE-AGAIN")).status, 200U);
    w.gateway->signal(SIGTERM);
    EXPECT_EQ(w.gateway->wait_exit(), 0);
}

}  // namespace
}  // namespace gateway::flow
