#include "server/http/router.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "server/app/api.hpp"
#include "server/http/dispatch.hpp"
#include "tests/handlers/fake_core.hpp"

namespace gateway::server {
namespace {

class Router : public testing::Test {
protected:
    support::fake_service service_;
    support::fake_directory directory_;
    handlers::account_certificates certificates_;
    support::fake_losses losses_;
    boost::asio::io_context loop_;
    base::system_runtime time_{loop_.get_executor()};
    router routes_{
        api_routes(service_, directory_, certificates_, losses_, time_, std::chrono::hours(24))
    };
};

TEST_F(Router, LeadsEachRequestLineToItsRoute) {
    struct row {
        const char* method;
        const char* target;
        const char* pattern;
        const char* id;
        const char* query;
        std::optional<config::role> role;
    };
    using enum config::role;
    const row rows[] = {
        {"POST", "/v1/redemptions", "/v1/redemptions", "", "", redeem},
        {"GET", "/v1/redemptions?state=x&y", "/v1/redemptions", "", "state=x&y", read},
        {"HEAD", "/v1/redemptions?", "/v1/redemptions", "", "", read},
        {"GET", "/v1/redemptions/abc", "/v1/redemptions/{id}", "abc", "", read},
        {"POST",
         "/v1/redemptions/abc/resolve?a=/",
         "/v1/redemptions/{id}/resolve",
         "abc",
         "a=/",
         operate},
        {"POST", "/v1/redemptions/abc/retry", "/v1/redemptions/{id}/retry", "abc", "", operate},
        {"GET", "/v1/accounts", "/v1/accounts", "", "", read},
        {"POST", "/v1/accounts/shop-a/try-now", "/v1/accounts/{name}/try-now", "shop-a", "", operate
        },
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(std::string(row.method) + ' ' + row.target);
        const auto match = routes_.find(row.method, row.target);
        ASSERT_TRUE(match.found);
        EXPECT_EQ(match.pattern, row.pattern);
        EXPECT_EQ(match.id, row.id);
        EXPECT_EQ(match.query, row.query);
        EXPECT_EQ(match.found->role, row.role);
    }
}

TEST_F(Router, KnowsNoOtherPath) {
    for (const char* target :
         {"",
          "/",
          "*",
          "/v1",
          "/v1/redemptions/",
          "/v1/redemptions//retry",
          "/V1/redemptions",
          "/v1/redemptions/a/b",
          "/v1/redemptions/a/resolve/",
          "/v1/redemptions/a%2Fb/cancel",
          "/v1/accounts/x",
          "//v1/accounts",
          "http://host/v1/accounts"}) {
        SCOPED_TRACE(target);
        const auto match = routes_.find("GET", target);
        EXPECT_EQ(match.found, nullptr);
        EXPECT_EQ(match.pattern, "");
    }
}

TEST_F(Router, ListsWhatAPathAllows) {
    EXPECT_EQ(routes_.find("DELETE", "/v1/redemptions").allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(routes_.find("POST", "/v1/redemptions/x").allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(routes_.find("GET", "/v1/redemptions/x/retry").allow, "POST, OPTIONS");
    EXPECT_EQ(routes_.find("DELETE", "/v1/redemptions").found, nullptr);
    EXPECT_EQ(routes_.find("HEAD", "/v1/redemptions/x/retry").found, nullptr);
}

TEST(TraceId, IsTakenFromAWellFormedTraceparentOnly) {
    EXPECT_EQ(
        exchange_mark::trace_id("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").view(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    for (const char* value :
         {"",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
          "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
        EXPECT_EQ(exchange_mark::trace_id(value).view(), "") << value;
    }
}

}  // namespace
}  // namespace gateway::server
