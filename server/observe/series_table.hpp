#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::server {

enum class series_kind { counter, gauge, histogram };

std::string_view to_string(series_kind kind) noexcept;

// One row of series.def.
struct series_row {
    std::string_view name;
    series_kind kind;
    std::string_view labels;  // names, separated by blanks; empty: there is one series only
    std::string_view help;
    std::string_view reported_by;  // the probe's call that moves it
    bool late = false;             // without labels, but absent until it is known
};

struct series_group {
    std::string_view heading;
    std::string_view introduction;
    std::vector<series_row> rows;
};

// Every series of the program in the page's order.
const std::vector<series_group>& series_table();

std::vector<std::string> label_names(std::string_view labels);

// Every series with its kind, labels and meaning, as the Markdown page docs/metrics.md.
std::string metrics_reference();

}  // namespace gateway::server
