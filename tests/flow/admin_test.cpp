// Tests of the admin listener from the view of a scraper, a kubelet and an operator.
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <cstdlib>
#include <fstream>

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

TEST(Admin, AnswersInOpenMetricsOnRequest) {
    world w;
    const auto metrics =
        w.admin("/metrics", {{"Accept", "application/openmetrics-text; version=1.0.0"}});
    EXPECT_TRUE(metrics.header("content-type").starts_with("application/openmetrics-text"));
    EXPECT_TRUE(metrics.body.ends_with("# EOF\n"));
}

}  // namespace
}  // namespace gateway::flow
