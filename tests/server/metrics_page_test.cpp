// docs/metrics.md and the registered series are both what series.def says.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "server/observe/series.hpp"
#include "server/observe/series_table.hpp"

namespace gateway::server {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream in(GATEWAY_SOURCE_DIR "/" + path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(MetricsPage, IsWhatTheTableSays) {
    EXPECT_EQ(content_of("docs/metrics.md"), metrics_reference())
        << "write it anew: redemption-gateway --metrics-reference > docs/metrics.md";
}

TEST(MetricsPage, NamesEachSeriesOnceAndByTheRulesOfPrometheus) {
    std::set<std::string_view> names;
    for (const auto& group : series_table()) {
        EXPECT_FALSE(group.rows.empty()) << group.heading;
        for (const auto& row : group.rows) {
            SCOPED_TRACE(row.name);
            EXPECT_TRUE(names.insert(row.name).second);
            EXPECT_EQ(row.name.ends_with("_total"), row.kind == series_kind::counter);
            EXPECT_TRUE(row.help.ends_with('.'));
            EXPECT_EQ(row.help.find('|'), std::string_view::npos) << "would end the table's cell";
        }
    }
}

// "http_probe::answered" is observer::answered() there.
TEST(MetricsPage, NamesCallsThatTheObserverHas) {
    const auto header = content_of("server/observe/observer.hpp");
    for (const auto& group : series_table()) {
        for (const auto& row : group.rows) {
            const auto call = std::string(row.reported_by.substr(row.reported_by.find("::") + 2));
            EXPECT_NE(header.find(' ' + call + '('), std::string::npos)
                << row.name << " is reported by " << row.reported_by;
        }
    }
}

TEST(Series, WithoutLabelsAreThereFromTheStart) {
    const series all;
    std::set<std::string> shown;
    for (const auto& family : all.registry.Collect()) {
        shown.insert(family.name);
    }
    for (const auto& group : series_table()) {
        for (const auto& row : group.rows) {
            EXPECT_EQ(shown.contains(std::string(row.name)), row.labels.empty() && !row.late)
                << row.name;
        }
    }
}

}  // namespace
}  // namespace gateway::server
