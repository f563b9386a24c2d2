#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace gateway::server {

// The Prometheus text format, version 0.0.4.
std::string prometheus_text(const std::vector<prometheus::MetricFamily>& families);

// OpenMetrics 1.0.0 text: counters without `_total` in their family's name, bounds as floats,
// "# EOF" at the end. Counters, gauges and histograms only, as we have no others.
std::string openmetrics_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace gateway::server
