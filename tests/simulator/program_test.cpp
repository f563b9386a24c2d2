#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/simulator/program.hpp"
#include "tests/simulator/requests.hpp"

// Tests of the real program over real sockets.

namespace simulator::test {

namespace json = boost::json;

namespace {

class SimulatorProgram : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "simulator-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        std::ofstream(folder_ / "app.pem") << data_file("alipay/keys/app_public_spki.pem");
        std::ofstream(folder_ / "alipay.pem") << data_file("alipay/keys/alipay_private_pkcs8.pem");
        std::ofstream(config()) << R"(
alipay:
  - app_id: "2021000000000001"
    app_public_key_file: app.pem
    alipay_private_key_file: alipay.pem
taobao:
  - { app_key: "12345678", secret: helloworld, sessions: [test] }
)";
        start();
    }
    void TearDown() override {
        running_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::string config() const { return (folder_ / "simulator.yaml").string(); }

    void start(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{
            "--config", config(), "--ledger", (folder_ / "ledger").string()
        };
        arguments.insert(arguments.end(), more.begin(), more.end());
        running_.emplace(std::move(arguments));
    }

    std::uint16_t port() const { return running_->port(); }

    // The requests carry the current time because the program reads the real clock.
    static gateway::net::http_request voucher(std::string entity, std::string number) {
        return alipay_post(signed_for_alipay(use_parameters(std::move(entity), std::move(number))));
    }
    static gateway::net::http_request ticket(const char* type = "0") {
        parameters given = verify_parameters();
        given["timestamp"] = platform_time(std::chrono::system_clock::now());
        given["write_off_type"] = type;
        return taobao_post(signed_for_taobao(std::move(given)));
    }
    static gateway::net::http_request codes() {
        parameters given = send_parameters();
        given["timestamp"] = platform_time(std::chrono::system_clock::now());
        return taobao_post(signed_for_taobao(std::move(given)));
    }

    void inject(const char* rule) {
        const json::object answer = control_call(port(), "POST", "/_sim/faults", rule);
        EXPECT_FALSE(answer.contains("detail")) << json::serialize(answer);
    }
    std::int64_t executed() const {
        return control_call(port(), "GET", "/_sim/ledger").at("executed").to_number<std::int64_t>();
    }
    // Ends every fault test: the next ordinary call must succeed.
    void expect_ordinary_success() {
        const wire_answer answer = send_request(port(), ticket());
        EXPECT_EQ(answer.error, 0);
        EXPECT_NE(answer.body().find(R"("is_success":true)"), std::string::npos) << answer.bytes;
    }

    std::filesystem::path folder_;
    std::optional<program> running_;
};

}  // namespace

TEST_F(SimulatorProgram, ExecutesAllThreeMethodsAndStopsCleanly) {
    EXPECT_NE(
        send_request(port(), voucher("E1", "A1")).body().find(R"("code":"10000")"),
        std::string::npos
    );
    EXPECT_NE(send_request(port(), codes()).body().find("isv.success-all"), std::string::npos);
    expect_ordinary_success();
    EXPECT_EQ(executed(), 3);
    EXPECT_EQ(running_->stop(), 0);
}

TEST_F(SimulatorProgram, AnswersOnTheAliasPathOfTop) {
    gateway::net::http_request request = ticket();
    request.target = "/top/router/rest";
    EXPECT_NE(send_request(port(), request).body().find("is_success"), std::string::npos);
    request.target = "/elsewhere";
    EXPECT_EQ(send_request(port(), request).status_line(), "HTTP/1.1 404 Not Found");
}

TEST_F(SimulatorProgram, KeepsItsLedgerAcrossARestart) {
    send_request(port(), codes());
    EXPECT_EQ(running_->stop(), 0);
    start();
    EXPECT_EQ(executed(), 1);
    EXPECT_NE(send_request(port(), codes()).body().find("code-alreay-send"), std::string::npos);
    EXPECT_EQ(executed(), 1);
}

TEST_F(SimulatorProgram, ForgetsEffectsWhenTheLedgerIsDeleted) {
    send_request(port(), codes());
    control_call(port(), "DELETE", "/_sim/ledger");
    EXPECT_EQ(executed(), 0);
    EXPECT_NE(send_request(port(), codes()).body().find("isv.success-all"), std::string::npos);
}

TEST_F(SimulatorProgram, ListsItsRequests) {
    inject(R"({"fault":"system-busy"})");
    send_request(port(), voucher("E1", "A1"));
    const auto list = control_call(port(), "GET", "/_sim/requests").at("requests").as_array();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("method").as_string(), "alipay.marketing.voucher.stock.use");
    EXPECT_EQ(list[0].at("natural_key").as_string(), "A1");
    EXPECT_EQ(list[0].at("verdict").as_string(), "not executed 20000 isp.unknow-error");
    EXPECT_EQ(list[0].at("faults").as_string(), "system-busy");
    EXPECT_EQ(list[0].at("headers").at("Host").as_string(), "simulator");
    EXPECT_EQ(list[0].at("params").at("sign_type").as_string(), "RSA2");
    control_call(port(), "DELETE", "/_sim/requests");
    EXPECT_TRUE(control_call(port(), "GET", "/_sim/requests").at("requests").as_array().empty());
}

TEST_F(SimulatorProgram, RefusesInvalidControlCalls) {
    EXPECT_EQ(control_call(port(), "POST", "/_sim/faults", "{}").at("status").as_int64(), 400);
    EXPECT_EQ(control_call(port(), "PUT", "/_sim/faults").at("status").as_int64(), 405);
    EXPECT_EQ(control_call(port(), "GET", "/_sim/else").at("status").as_int64(), 404);
}

TEST_F(SimulatorProgram, ResetsBeforeReading) {
    inject(R"({"fault":"reset-before-reading"})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_NE(answer.error, 0);
    EXPECT_EQ(answer.bytes, "");
    EXPECT_EQ(executed(), 0);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, ResetsAfterReadingWithoutExecuting) {
    inject(R"({"fault":"reset-after-reading"})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_EQ(answer.error, ECONNRESET);
    EXPECT_EQ(executed(), 0);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, ExecutesThenResets) {
    inject(R"({"fault":"execute-then-reset"})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_EQ(answer.error, ECONNRESET);
    EXPECT_EQ(answer.bytes, "");
    EXPECT_EQ(executed(), 1);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, RefusesConnectionsForAWhile) {
    inject(R"({"fault":"refuse-connection","for_ms":300})");
    const auto begin = std::chrono::steady_clock::now();
    wire_answer answer;
    int refused = 0;
    do {
        answer = send_request(port(), ticket());
        refused += answer.error == ECONNREFUSED ? 1 : 0;
    } while (answer.error != 0 &&
             std::chrono::steady_clock::now() < begin + std::chrono::seconds(10));
    EXPECT_GT(refused, 0);
    EXPECT_EQ(answer.error, 0);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, ExecutesAndAnswersLate) {
    inject(R"({"fault":"execute-then-late","delay_ms":300})");
    const auto begin = std::chrono::steady_clock::now();
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
    EXPECT_NE(answer.body().find("is_success"), std::string::npos);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, StopsDespiteLateAnswers) {
    inject(R"({"fault":"late","delay_ms":86400000})");
    const gateway::net::http_request request = ticket();
    // The request stays unanswered because the stop closes its connection.
    std::thread client([&] { send_raw(port(), http_text(request)); });
    while (control_call(port(), "GET", "/_sim/requests").at("requests").as_array().empty()) {
        std::this_thread::yield();
    }
    EXPECT_EQ(running_->stop(), 0);
    client.join();
}

TEST_F(SimulatorProgram, CutsTheBody) {
    inject(R"({"fault":"cut-body","bytes":5})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_EQ(answer.status_line(), "HTTP/1.1 200 OK");
    EXPECT_EQ(answer.body(), R"({"tra)");
    EXPECT_EQ(executed(), 1);
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, TricklesTheCompleteAnswer) {
    inject(R"({"fault":"trickle","bytes":64,"every_ms":1})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_TRUE(answer.body().ends_with("}}")) << answer.bytes;
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, AnswersInChunks) {
    inject(R"({"fault":"chunked"})");
    const wire_answer answer = send_request(port(), ticket());
    EXPECT_NE(answer.bytes.find("Transfer-Encoding: chunked"), std::string::npos) << answer.bytes;
    EXPECT_TRUE(answer.bytes.ends_with("\r\n0\r\n\r\n"));
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, ClosesAKeepAliveConnection) {
    inject(R"({"fault":"connection-close"})");
    std::string text = http_text(ticket());
    text.erase(
        text.find("Connection: close\r\n"), std::string_view("Connection: close\r\n").size()
    );
    const wire_answer answer = send_raw(port(), text);
    EXPECT_EQ(answer.error, 0);
    EXPECT_NE(answer.bytes.find("Connection: close"), std::string::npos) << answer.bytes;
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, AnswersPipelinedRequestsInOrder) {
    std::string first = http_text(codes());
    first.erase(
        first.find("Connection: close\r\n"), std::string_view("Connection: close\r\n").size()
    );
    const wire_answer answer = send_raw(port(), first + http_text(ticket()));
    const std::size_t sent = answer.bytes.find("isv.success-all");
    const std::size_t verified = answer.bytes.find("is_success");
    ASSERT_NE(sent, std::string::npos) << answer.bytes;
    ASSERT_NE(verified, std::string::npos) << answer.bytes;
    EXPECT_LT(sent, verified);
}

TEST_F(SimulatorProgram, ReplacesBodies) {
    struct row {
        const char* rule;
        const char* status_line;
        const char* part;
        int executed;
    };
    const row rows[] = {
        {R"({"fault":"http-status","status":502})", "HTTP/1.1 502 Bad Gateway", "<html>", 0},
        {R"({"fault":"http-status","status":504,"executed":true})",
         "HTTP/1.1 504 Gateway Timeout",
         "<html>",
         1},
        {R"({"fault":"html-body"})", "HTTP/1.1 200 OK", "<html>", 1},
        {R"({"fault":"garbage-body","executed":false})", "HTTP/1.1 200 OK", "not an answer", 0},
    };
    for (const row& one : rows) {
        SCOPED_TRACE(one.rule);
        control_call(port(), "DELETE", "/_sim/ledger");
        inject(one.rule);
        const wire_answer answer = send_request(port(), ticket());
        EXPECT_EQ(answer.status_line(), one.status_line);
        EXPECT_NE(answer.body().find(one.part), std::string::npos) << answer.bytes;
        EXPECT_EQ(executed(), one.executed);
        expect_ordinary_success();
    }
}

TEST_F(SimulatorProgram, KeepsABanUntilItEnds) {
    inject(R"({"fault":"throttle","ban_s":600})");
    EXPECT_NE(send_request(port(), ticket()).body().find("600 more seconds"), std::string::npos);
    EXPECT_NE(send_request(port(), ticket()).body().find("more seconds"), std::string::npos);
    control_call(port(), "DELETE", "/_sim/faults");
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, RefusesInvalidHttp) {
    const wire_answer answer = send_raw(port(), "HELLO\r\n\r\n");
    EXPECT_TRUE(answer.status_line().starts_with("HTTP/1.1 400")) << answer.bytes;
    expect_ordinary_success();
}

TEST_F(SimulatorProgram, AnswersPreparedSuccessesInBenchMode) {
    EXPECT_EQ(running_->stop(), 0);
    start({"--bench"});
    EXPECT_NE(
        send_request(port(), voucher("E1", "A1")).body().find(R"("voucher_id":"01)"),
        std::string::npos
    );
    EXPECT_NE(send_request(port(), codes()).body().find("isv.success-all"), std::string::npos);
    EXPECT_NE(
        send_request(port(), ticket()).body().find(R"("is_success":true)"), std::string::npos
    );
    EXPECT_EQ(executed(), 0);
}

}  // namespace simulator::test
