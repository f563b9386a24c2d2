#include "server/app/connection_quota.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gateway::server {
namespace {

TEST(ConnectionQuotas, LeaveDescriptorsForThePlatformsAndTheJournal) {
    const struct {
        const char* name;
        std::uint64_t descriptors;
        std::size_t configured;
        std::size_t outbound;
        std::size_t api;
        std::size_t admin;
    } rows[] = {
        {"plenty", 1'000'000, 10'000, 64, 10'000, 256},
        {"just enough", 10'000 + 256 + 300 + 64, 10'000, 64, 10'000, 256},
        {"one less", 10'000 + 256 + 300 + 63, 10'000, 64, 9'999, 256},
        {"few", 1'024, 10'000, 64, 495, 165},
        {"many platforms", 4'096, 10'000, 3'000, 1'792, 256},
        {"very few", 200, 10'000, 64, 75, 25},
        {"fewer configured than fit", 1'024, 50, 64, 50, 50},
        {"unknown", 0, 10'000, 64, 1, 1},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        config::settings settings;
        settings.server.max_connections = row.configured;
        settings.accounts.resize(2);
        for (auto& account : settings.accounts) {
            account.limits.connections = row.outbound / 2;
        }
        settings.accounts[0].limits.connections += row.outbound % 2;
        const auto quota = connection_quotas(settings, row.descriptors);
        EXPECT_EQ(quota.api, row.api);
        EXPECT_EQ(quota.admin, row.admin);
        EXPECT_LE(quota.api + quota.admin, std::max<std::uint64_t>(row.descriptors, 2));
    }
}

}  // namespace
}  // namespace gateway::server
