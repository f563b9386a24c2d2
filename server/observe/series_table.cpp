#include "server/observe/series_table.hpp"

#include <sstream>

namespace gateway::server {
namespace {

constexpr std::string_view introduction =
    R"(# Metrics

`GET /metrics` on the admin listener answers in the Prometheus text format, or in OpenMetrics where the `Accept` header prefers it.
Labels are configured names, route patterns and words from closed lists only; no parameter, code or secret is a label's value.
What to watch and what to do about it: [operations.md](operations.md).

Every label set that the configuration and those lists let foresee is there from the start with the value 0, so that `increase()` and
`rate()` see the first event. Series of what is not known yet are absent rather than 0: their meaning says so.

The last column names the call of `server/observe/observer.hpp` that moves a series.

This page is written by `redemption-gateway --metrics-reference` from `server/observe/series.def`, the table from which the series
are registered.
)";

std::vector<series_group> make_table() {
    std::vector<series_group> groups;
    const auto add = [&](series_row row) {
        groups.back().rows.push_back(row);
    };
#define GROUP(heading, about) groups.push_back({heading, about, {}});
#define COUNTER(member, name, labels, help, reported_by) \
    add({name, series_kind::counter, labels, help, reported_by});
#define GAUGE(member, name, labels, help, reported_by) \
    add({name, series_kind::gauge, labels, help, reported_by});
#define LATE_GAUGE(member, name, help, reported_by) \
    add({name, series_kind::gauge, "", help, reported_by, true});
#define HISTOGRAM(member, name, labels, bounds, help, reported_by) \
    add({name, series_kind::histogram, labels, help, reported_by});
#include "server/observe/series.def"
#undef GROUP
#undef COUNTER
#undef GAUGE
#undef LATE_GAUGE
#undef HISTOGRAM
    return groups;
}

std::string label_cell(std::string_view labels) {
    std::string cell;
    for (const auto& name : label_names(labels)) {
        cell += (cell.empty() ? "`" : ", `") + name + '`';
    }
    return cell;
}

}  // namespace

std::string_view to_string(series_kind kind) noexcept {
    switch (kind) {
        case series_kind::counter:
            return "counter";
        case series_kind::gauge:
            return "gauge";
        case series_kind::histogram:
            break;
    }
    return "histogram";
}

const std::vector<series_group>& series_table() {
    static const std::vector<series_group> table = make_table();
    return table;
}

std::vector<std::string> label_names(std::string_view labels) {
    std::istringstream in{std::string(labels)};
    std::vector<std::string> names;
    for (std::string name; in >> name;) {
        names.push_back(name);
    }
    return names;
}

std::string metrics_reference() {
    std::string page(introduction);
    for (const auto& group : series_table()) {
        page += "\n## " + std::string(group.heading) + "\n\n" + std::string(group.introduction) +
                "\n\n| series | kind | labels | meaning | reported by |\n|---|---|---|---|---|\n";
        for (const auto& row : group.rows) {
            page += "| `" + std::string(row.name) + "` | " + std::string(to_string(row.kind)) +
                    " | " + label_cell(row.labels) + " | " + std::string(row.help) + " | `" +
                    std::string(row.reported_by) + "` |\n";
        }
    }
    return page;
}

}  // namespace gateway::server
