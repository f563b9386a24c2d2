// Tests of the admin listener from the view of a scraper, a kubelet and an operator.
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "world.hpp"

namespace gateway::flow {
namespace {

TEST(Admin, ReportsLifeReadinessAndVersion) {
    world w;
    EXPECT_EQ(w.admin("/livez").status, 200U);
    EXPECT_EQ(w.admin("/readyz").status, 200U);
    const auto version = w.admin("/version");
    EXPECT_EQ(version.status, 200U);
    EXPECT_TRUE(json_of(version).contains("version")) << version.body;
    EXPECT_EQ(w.admin("/v1/redemptions").status, 404U)
        << "the API must not be on the admin listener";
    EXPECT_EQ(w.get("/metrics").status, 404U) << "metrics must not be on the API listener";
}

TEST(Admin, StaysReadyWhileAPlatformIsDown) {
    world w;
    w.simulator.reset();
    w.post("down", voucher_body("down1"), {{"Prefer", "wait=1"}});
    EXPECT_EQ(w.admin("/readyz").status, 200U);
}

TEST(Admin, MetricsCountEventsAndPassPromtool) {
    world w;
    w.post("one", voucher_body("metrics1", "CODE-M1"));
    w.post("two", ticket_body("1753340805138544700"));
    w.post("three", voucher_body("metrics3", "EXPIRED-CODE"));
    w.get("/nothing");
    const auto metrics = w.admin("/metrics");
    ASSERT_EQ(metrics.status, 200U);
    for (const char* needed :
         {"alipay.marketing.voucher.stock.use",
          "taobao.travel.ticket.order.verify",
          "verdict=\"executed\"",
          "verdict=\"refused\"",
          "state=\"succeeded\"",
          "state=\"rejected\"",
          "process_resident_memory_bytes",
          "process_open_fds",
          "process_cpu_seconds_total",
          "build_info",
          "_bucket{",
          "loop_lag"}) {
        EXPECT_NE(metrics.body.find(needed), std::string::npos) << needed;
    }
    EXPECT_EQ(metrics.body.find("CODE-M1"), std::string::npos) << "a code in a label";
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "promtool is not installed: the metrics were not checked with it";
    }
    std::ofstream(w.folder / "metrics.txt") << metrics.body;
    const auto command = "promtool check metrics < " + (w.folder / "metrics.txt").string() + " > " +
                         (w.folder / "promtool.txt").string() + " 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream report(w.folder / "promtool.txt");
    EXPECT_EQ(status, 0) << std::string(std::istreambuf_iterator<char>(report), {});
}

// Name, labels and value of each counter and of each histogram's count.
std::map<std::string, std::string> counted(const world& w) {
    std::map<std::string, std::string> found;
    std::istringstream in(w.admin("/metrics").body);
    for (std::string line; std::getline(in, line);) {
        const auto name = line.substr(0, line.find_first_of("{ "));
        // How long refusals of what nobody serves take is of no interest.
        const bool refused = name.starts_with("redemption_gateway_http_request_duration") &&
                             (line.find("route=\"none\"") != std::string::npos ||
                              (line.find("method=\"GET\"") == std::string::npos &&
                               line.find("method=\"POST\"") == std::string::npos));
        if (!refused && (name.ends_with("_total") || name.ends_with("_count"))) {
            found[line.substr(0, line.rfind(' '))] = line.substr(line.rfind(' ') + 1);
        }
    }
    return found;
}

// Much of what callers, operators, platforms and strangers do.
void do_many_things(world& w) {
    const std::map<std::string, std::string> json{{"Content-Type", "application/json"}};
    w.post("one", voucher_body("counted1"));
    w.post("one", voucher_body("counted1"));
    w.post("one", voucher_body("counted2"));
    w.post("two", voucher_body("counted1"));
    w.post("three", eticket_body("counted3"), {{"Prefer", "respond-async"}});
    w.post("four", voucher_body("counted4", "EXPIRED-CODE"));
    w.post("five", "{", {});
    w.post("six", "", {{"Content-Type", "text/plain"}});
    w.post("seven", std::string(300 * 1024, ' '));
    w.fault(R"({"fault":"reset-after-reading","times":1})");
    const auto unknown = w.post("eight", ticket_body("1753340805138544900"));
    const auto path = "/v1/redemptions/" + std::string(json_of(unknown).at("id").as_string());
    call(w.api_port, "POST", path + "/retry", json);
    call(w.api_port, "POST", path + "/resolve", json, R"({"state":"failed"})");
    call(w.api_port, "POST", "/v1/accounts/shop-a/try-now", json);
    w.get(path);
    w.get("/v1/accounts");
    w.get("/v1/redemptions?limit=none");
    w.get("/nothing");
    w.post("nowhere", "{}");
    for (const auto* method : {"HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW"}) {
        call(w.api_port, method, "/v1/redemptions");
        call(w.api_port, method, "/nothing");
    }
    raw_exchange(w.api_port, "no HTTP\r\n\r\n", std::chrono::seconds(2));
    w.admin("/readyz");
    w.admin("/nothing");
}

// increase() does not see the first event of a series that begins with it.
TEST(Admin, ShowsEveryCounterBeforeItsFirstEvent) {
    world w;
    const auto before = counted(w);
    do_many_things(w);
    std::size_t moved = 0;
    for (const auto& [series, value] : counted(w)) {
        EXPECT_TRUE(before.contains(series)) << series << " began with " << value;
        moved += before.contains(series) && before.at(series) != value ? 1 : 0;
    }
    EXPECT_GT(moved, 30U);
}

TEST(Admin, AnswersInOpenMetricsOnRequest) {
    world w;
    const auto metrics =
        w.admin("/metrics", {{"Accept", "application/openmetrics-text; version=1.0.0"}});
    EXPECT_TRUE(metrics.header("content-type").starts_with("application/openmetrics-text"));
    EXPECT_TRUE(metrics.body.ends_with("# EOF\n"));
}

}  // namespace
}  // namespace gateway::flow
