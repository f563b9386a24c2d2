#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway::server {

// A family whose series are found by their label values without building a label map each time.
template <class Metric>
class labelled {
public:
    labelled(prometheus::Family<Metric>& family, std::vector<std::string> names)
        : family_(family), names_(std::move(names)) {}

    // Values in the order of the names; `args` build the series the first time.
    template <class... Args>
    Metric& at(std::initializer_list<std::string_view> values, const Args&... args) {
        std::string key;
        for (const auto value : values) {
            key += value;
            key += '\0';
        }
        if (const auto found = series_.find(key); found != series_.end()) {
            return *found->second;
        }
        prometheus::Labels labels;
        auto name = names_.begin();
        for (const auto value : values) {
            labels.emplace(*name++, value);
        }
        auto& made = family_.Add(labels, args...);
        series_.emplace(std::move(key), &made);
        return made;
    }

private:
    prometheus::Family<Metric>& family_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, Metric*> series_;
};

// Every series of the program. Names, units and label names are decided here.
struct series {
    series();

    prometheus::Registry registry;

    labelled<prometheus::Counter> http_requests;
    labelled<prometheus::Histogram> http_seconds;
    labelled<prometheus::Gauge> http_connections;
    labelled<prometheus::Counter> http_refused;
    labelled<prometheus::Counter> http_evicted;
    labelled<prometheus::Counter> http_handshake_failures;
    labelled<prometheus::Counter> http_shed;
    labelled<prometheus::Counter> http_accept_errors;
    labelled<prometheus::Counter> http_handler_failures;

    labelled<prometheus::Counter> redemptions;
    labelled<prometheus::Histogram> redemption_seconds;
    labelled<prometheus::Gauge> pending;
    prometheus::Gauge& unknown;
    labelled<prometheus::Counter> attempts;
    labelled<prometheus::Histogram> attempt_seconds;
    labelled<prometheus::Gauge> account_paused;
    labelled<prometheus::Gauge> breaker_open;
    labelled<prometheus::Counter> breaker_openings;
    labelled<prometheus::Counter> turned_away;
    labelled<prometheus::Counter> client_events;
    labelled<prometheus::Counter> key_changes;
    labelled<prometheus::Gauge> keys_stale;
    labelled<prometheus::Gauge> certificate_expiry;
    labelled<prometheus::Counter> listener_key_changes;
    labelled<prometheus::Gauge> listener_keys_stale;
    labelled<prometheus::Gauge> listener_certificate_expiry;

    prometheus::Histogram& journal_seconds;
    prometheus::Histogram& journal_operations;
    prometheus::Counter& journal_failures;
    prometheus::Counter& journal_waits;
    prometheus::Counter& journal_unreadable;
    prometheus::Counter& journal_removed;

    prometheus::Histogram& loop_lag;
    prometheus::Counter& task_failures;
    prometheus::Counter& log_dropped;
    labelled<prometheus::Gauge> build_info;

    prometheus::Counter& cpu_seconds;
    prometheus::Gauge& resident_bytes;
    prometheus::Gauge& virtual_bytes;
    prometheus::Gauge& open_files;
    prometheus::Gauge& max_files;
    prometheus::Gauge& start_time;
};

// Upper bounds in seconds.
const prometheus::Histogram::BucketBoundaries& request_buckets();
const prometheus::Histogram::BucketBoundaries& redemption_buckets();

}  // namespace gateway::server
