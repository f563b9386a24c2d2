#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "server/observe/series_table.hpp"

namespace gateway::server {

using histogram_bounds = prometheus::Histogram::BucketBoundaries;

template <class Metric>
auto builder_of() {
    if constexpr (std::is_same_v<Metric, prometheus::Counter>) {
        return prometheus::BuildCounter();
    } else if constexpr (std::is_same_v<Metric, prometheus::Gauge>) {
        return prometheus::BuildGauge();
    } else {
        return prometheus::BuildHistogram();
    }
}

// The series of one name, found by their label values without building a label map each time.
template <class Metric>
class metric_family {
public:
    // `bounds`, of a histogram, outlive the family.
    metric_family(
        prometheus::Registry& registry,
        const char* name,
        const char* help,
        std::string_view labels,
        const histogram_bounds* bounds = nullptr,
        bool from_start = true
    )
        : family_(builder_of<Metric>().Name(name).Help(help).Register(registry)),
          label_names_(label_names(labels)),
          bounds_(bounds) {
        if (label_names_.empty() && from_start) {
            at({});  // is shown from the start
        }
    }

    // Values in the order of the label names; makes the series the first time.
    Metric& at(std::initializer_list<std::string_view> values) {
        auto key = key_of(values);
        if (const auto found = series_.find(key); found != series_.end()) {
            return *found->second;
        }
        prometheus::Labels labels;
        auto name = label_names_.begin();
        for (const auto value : values) {
            labels.emplace(*name++, value);
        }
        auto& made = add(labels);
        series_.emplace(std::move(key), &made);
        return made;
    }

    bool has(std::initializer_list<std::string_view> values) const {
        return series_.contains(key_of(values));
    }

    // The series is absent until it is made again.
    void remove(std::initializer_list<std::string_view> values) {
        if (const auto found = series_.find(key_of(values)); found != series_.end()) {
            family_.Remove(found->second);
            series_.erase(found);
        }
    }

private:
    static std::string key_of(std::initializer_list<std::string_view> values) {
        std::string key;
        for (const auto value : values) {
            key += value;
            key += '\0';
        }
        return key;
    }

    Metric& add(const prometheus::Labels& labels) {
        if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
            return family_.Add(labels, *bounds_);
        } else {
            return family_.Add(labels);
        }
    }

    prometheus::Family<Metric>& family_;
    std::vector<std::string> label_names_;
    const histogram_bounds* bounds_;
    std::unordered_map<std::string, Metric*> series_;
};

// Upper bounds; of times in seconds.
extern const histogram_bounds request_bounds;
extern const histogram_bounds redemption_bounds;
extern const histogram_bounds commit_bounds;
extern const histogram_bounds group_bounds;
extern const histogram_bounds lag_bounds;

// Every series of the program: the rows of series.def, registered.
struct series {
    prometheus::Registry registry;

#define GROUP(heading, introduction)
#define COUNTER(member, name, labels, help, reported_by) \
    metric_family<prometheus::Counter> member{registry, name, help, labels};
#define GAUGE(member, name, labels, help, reported_by) \
    metric_family<prometheus::Gauge> member{registry, name, help, labels};
#define LATE_GAUGE(member, name, help, reported_by) \
    metric_family<prometheus::Gauge> member{registry, name, help, "", nullptr, false};
#define HISTOGRAM(member, name, labels, bounds, help, reported_by) \
    metric_family<prometheus::Histogram> member{registry, name, help, labels, &(bounds)};
#include "server/observe/series.def"
#undef GROUP
#undef COUNTER
#undef GAUGE
#undef LATE_GAUGE
#undef HISTOGRAM
};

}  // namespace gateway::server
