#include "server/observe/admin.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::server {
namespace {

class Admin : public testing::Test {
protected:
    net::http_response get(std::string_view path, std::string_view accept = {}) {
        support::request_builder request;
        if (!accept.empty()) {
            request.header("Accept", accept);
        }
        const auto match = routes_.find("GET", path);
        EXPECT_TRUE(match.found) << path;
        const auto context = request.context();
        return support::run_coro([&](auto) { return match.found->handler->handle(context); });
    }

    std::ostringstream out_;
    log log_{{}, out_};
    observer observer_{log_};
    std::optional<base::redacted_text> trouble_;
    router routes_{admin_routes(
        observer_,
        {{"journal",
          [this] {
              return trouble_;
          }},
         {"started",
          [] {
              return std::optional<base::redacted_text>();
          }}}
    )};
};

TEST_F(Admin, IsReadyUnlessACheckSaysWhyNot) {
    const auto ready = get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_EQ(
        ready.body,
        R"({"status":"ready","checks":[{"name":"journal","ok":true,"detail":null},)"
        R"({"name":"started","ok":true,"detail":null}]})"
    );
    trouble_ = base::fixed_text("no space");
    const auto not_ready = get("/readyz");
    EXPECT_EQ(not_ready.status, 503U);
    EXPECT_EQ(
        not_ready.body,
        R"({"status":"not ready","checks":[{"name":"journal","ok":false,"detail":"no space"},)"
        R"({"name":"started","ok":true,"detail":null}]})"
    );
}

TEST_F(Admin, IsAliveEvenWhenNotReady) {
    trouble_ = base::fixed_text("no space");
    EXPECT_EQ(get("/livez").status, 200U);
}

TEST_F(Admin, AnswersWithItsVersion) {
    EXPECT_TRUE(get("/version").body.starts_with(R"({"version":"0.)"));
}

TEST_F(Admin, AnswersInTheRequestedFormat) {
    const auto plain = get("/metrics");
    EXPECT_EQ(plain.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(plain.body.find("# EOF"), std::string::npos);
    const auto open = get("/metrics", "application/openmetrics-text;version=1.0.0");
    EXPECT_EQ(
        open.headers.find("Content-Type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    EXPECT_TRUE(open.body.ends_with("# EOF\n"));
}

TEST(WantsOpenmetrics, WeighsTheAcceptField) {
    struct row {
        const char* accept;
        bool open;
    };
    const row rows[] = {
        {"", false},
        {"*/*", false},
        {"text/plain", false},
        {"application/openmetrics-text", true},
        {"Application/OpenMetrics-Text; version=1.0.0", true},
        {"application/openmetrics-text;q=0", false},
        {"application/openmetrics-text;q=0.3,text/plain;q=0.5", false},
        {"text/plain;q=0.3 , application/openmetrics-text; q=0.5", true},
        // What Prometheus 2.42 sends.
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         true},
        {";;,q=,,", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(wants_openmetrics(row.accept), row.open) << row.accept;
    }
}

}  // namespace
}  // namespace gateway::server
