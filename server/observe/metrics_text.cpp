#include "server/observe/metrics_text.hpp"

#include <prometheus/text_serializer.h>

#include <charconv>
#include <cmath>
#include <string_view>

namespace gateway::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view total = "_total";

std::string_view family_name(const MetricFamily& family) {
    const std::string_view name = family.name;
    const bool cut = family.type == MetricType::Counter && name.ends_with(total);
    return cut ? name.substr(0, name.size() - total.size()) : name;
}

std::string_view type_name(MetricType type) noexcept {
    switch (type) {
        case MetricType::Counter:
            return "counter";
        case MetricType::Gauge:
            return "gauge";
        case MetricType::Histogram:
            return "histogram";
        case MetricType::Summary:
        case MetricType::Untyped:
            break;
    }
    return "unknown";
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') {
            out += '\\';
        }
        out += c;
    }
}

std::string number(double value) {
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    if (std::isnan(value)) {
        return "NaN";
    }
    char text[40];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return std::string(text, end);
}

// A bucket's bound, always with a fraction or an exponent: "1.0", not "1".
std::string bound(double value) {
    auto text = number(value);
    if (text.find_first_of(".eIN") == std::string::npos) {
        text += ".0";
    }
    return text;
}

struct label {
    std::string_view name;
    std::string_view value;
};

void append_sample(
    std::string& out,
    const std::string& name,
    const ClientMetric& metric,
    std::string_view value,
    label more = {}
) {
    out += name;
    char separator = '{';
    const auto append_label = [&](std::string_view label_name, std::string_view label_value) {
        out += separator;
        out += label_name;
        out += "=\"";
        append_escaped(out, label_value);
        out += '"';
        separator = ',';
    };
    for (const auto& one : metric.label) {
        append_label(one.name, one.value);
    }
    if (!more.name.empty()) {
        append_label(more.name, more.value);
    }
    out += separator == ',' ? "} " : " ";
    out += value;
    out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const ClientMetric& metric) {
    const auto& histogram = metric.histogram;
    bool infinite = false;
    for (const auto& bucket : histogram.bucket) {
        const auto upper = bound(bucket.upper_bound);
        infinite = infinite || std::isinf(bucket.upper_bound);
        append_sample(
            out, name + "_bucket", metric, std::to_string(bucket.cumulative_count), {"le", upper}
        );
    }
    const auto count = std::to_string(histogram.sample_count);
    if (!infinite) {
        append_sample(out, name + "_bucket", metric, count, {"le", "+Inf"});
    }
    append_sample(out, name + "_count", metric, count);
    append_sample(out, name + "_sum", metric, number(histogram.sample_sum));
}

void append_metric(
    std::string& out,
    const MetricFamily& family,
    const std::string& name,
    const ClientMetric& metric
) {
    switch (family.type) {
        case MetricType::Counter:
            append_sample(out, name + std::string(total), metric, number(metric.counter.value));
            return;
        case MetricType::Gauge:
            append_sample(out, name, metric, number(metric.gauge.value));
            return;
        case MetricType::Histogram:
            append_histogram(out, name, metric);
            return;
        case MetricType::Summary:
        case MetricType::Untyped:
            return;
    }
}

}  // namespace

std::string prometheus_text(const std::vector<MetricFamily>& families) {
    return prometheus::TextSerializer().Serialize(families);
}

std::string openmetrics_text(const std::vector<MetricFamily>& families) {
    std::string out;
    for (const auto& family : families) {
        const std::string name(family_name(family));
        out += "# TYPE " + name + ' ';
        out += type_name(family.type);
        out += "\n# HELP " + name + ' ';
        append_escaped(out, family.help);
        out += '\n';
        for (const auto& metric : family.metric) {
            append_metric(out, family, name, metric);
        }
    }
    out += "# EOF\n";
    return out;
}

}  // namespace gateway::server
