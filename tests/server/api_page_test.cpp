// docs/api.md names exactly the routes and problems that the program has.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "handlers/problem.hpp"
#include "server/app/api.hpp"
#include "server/observe/admin.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/documentation_page.hpp"

namespace gateway::server {
namespace {

using row = support::documentation_page::row;

// The first cells of each row, sorted.
std::vector<row> documented(
    std::string_view heading, std::string_view first_column, std::size_t columns
) {
    const support::documentation_page page(std::string(GATEWAY_SOURCE_DIR) + "/docs/api.md");
    auto rows = page.table(heading, first_column);
    for (auto& cells : rows) {
        cells.resize(columns);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
}

std::string role_name(std::optional<config::role> role) {
    if (!role) {
        return "none";
    }
    switch (*role) {
        case config::role::redeem:
            return "redeem";
        case config::role::read:
            return "read";
        case config::role::operate:
            return "operator";
    }
    return {};
}

TEST(ApiPage, NamesEveryRouteWithItsRole) {
    support::fake_service service;
    const support::fake_directory directory;
    const handlers::account_certificates certificates;
    support::fake_losses losses;
    boost::asio::io_context loop;
    base::system_runtime time(loop.get_executor());
    std::ostringstream out;
    log log({}, out);
    observer observer(log);
    const auto api =
        api_routes(service, directory, certificates, losses, time, std::chrono::hours(24));
    const auto admin = admin_routes(observer, {});

    std::vector<row> routes;
    for (const auto* table : {&api, &admin}) {
        for (const auto& one : *table) {
            routes.push_back(
                {std::string(one.method), std::string(one.pattern), role_name(one.role)}
            );
        }
    }
    std::sort(routes.begin(), routes.end());
    EXPECT_EQ(documented("Routes", "method", 3), routes);
}

TEST(ApiPage, NamesEveryProblemWithItsStatus) {
    std::vector<row> problems;
    for (const auto& one : handlers::all_problems()) {
        problems.push_back(
            {std::string(one.slug),
             std::to_string(one.status),
             std::string(to_string(one.source)),
             one.safe_to_retry ? "true" : "false"}
        );
    }
    std::sort(problems.begin(), problems.end());
    EXPECT_EQ(documented("Problems", "problem", 4), problems);
}

}  // namespace
}  // namespace gateway::server
