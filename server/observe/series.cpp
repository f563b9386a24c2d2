#include "server/observe/series.hpp"

namespace gateway::server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Registry;
using buckets = prometheus::Histogram::BucketBoundaries;
using names = std::vector<std::string>;

labelled<prometheus::Counter> counter(Registry& r, const char* name, const char* help, names n) {
    return {BuildCounter().Name(name).Help(help).Register(r), std::move(n)};
}

labelled<prometheus::Gauge> gauge(Registry& r, const char* name, const char* help, names n) {
    return {BuildGauge().Name(name).Help(help).Register(r), std::move(n)};
}

labelled<prometheus::Histogram> histogram(
    Registry& r, const char* name, const char* help, names n
) {
    return {BuildHistogram().Name(name).Help(help).Register(r), std::move(n)};
}

prometheus::Counter& lone_counter(Registry& r, const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(r).Add({});
}

prometheus::Gauge& lone_gauge(Registry& r, const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(r).Add({});
}

prometheus::Histogram& lone_histogram(
    Registry& r, const char* name, const char* help, const buckets& bounds
) {
    return BuildHistogram().Name(name).Help(help).Register(r).Add({}, bounds);
}

const buckets commit_buckets{0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const buckets group_buckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
const buckets lag_buckets{0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};

}  // namespace

const buckets& request_buckets() {
    static const buckets bounds{
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };
    return bounds;
}

const buckets& redemption_buckets() {
    static const buckets bounds{
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600
    };
    return bounds;
}

series::series()
    : http_requests(counter(
          registry,
          "redemption_gateway_http_requests_total",
          "Requests answered, by listener, route, method and status code.",
          {"listener", "route", "method", "code"}
      )),
      http_seconds(histogram(
          registry,
          "redemption_gateway_http_request_duration_seconds",
          "From a request's last byte to its answer, waits that callers asked for included.",
          {"listener", "route", "method"}
      )),
      http_connections(gauge(
          registry,
          "redemption_gateway_http_open_connections",
          "Connections open now, by listener.",
          {"listener"}
      )),
      http_refused(counter(
          registry,
          "redemption_gateway_http_refused_connections_total",
          "Connections refused because too many were open, all with a request at work.",
          {"listener"}
      )),
      http_evicted(counter(
          registry,
          "redemption_gateway_http_evicted_connections_total",
          "Connections closed while they waited for their peer, to make room for others.",
          {"listener"}
      )),
      http_handshake_failures(counter(
          registry,
          "redemption_gateway_http_tls_handshake_failures_total",
          "Connections that ended before TLS was agreed on.",
          {"listener"}
      )),
      http_shed(counter(
          registry,
          "redemption_gateway_http_shed_requests_total",
          "Requests told to come again, by why: in_flight, memory, route or caller_rate.",
          {"listener", "reason"}
      )),
      http_accept_errors(counter(
          registry,
          "redemption_gateway_http_accept_errors_total",
          "Failed accepts, such as for want of file descriptors.",
          {"listener"}
      )),
      http_handler_failures(counter(
          registry,
          "redemption_gateway_http_handler_failures_total",
          "Requests that ended in an exception, answered with 500.",
          {"route"}
      )),
      redemptions(counter(
          registry,
          "redemption_gateway_redemptions_total",
          "Redemptions that entered a state.",
          {"method", "account", "state"}
      )),
      redemption_seconds(histogram(
          registry,
          "redemption_gateway_redemption_duration_seconds",
          "From acceptance to a final or unknown state.",
          {"method", "account", "state"}
      )),
      pending(gauge(
          registry,
          "redemption_gateway_redemptions_pending",
          "Redemptions being worked on now.",
          {"method", "account"}
      )),
      unknown(lone_gauge(
          registry,
          "redemption_gateway_redemptions_unknown",
          "Redemptions that wait for an operator now."
      )),
      attempts(counter(
          registry,
          "redemption_gateway_attempts_total",
          "Attempts finished, by how far they got and what they came to.",
          {"method", "account", "phase", "verdict"}
      )),
      attempt_seconds(histogram(
          registry,
          "redemption_gateway_attempt_duration_seconds",
          "Length of one attempt.",
          {"method", "account"}
      )),
      account_paused(gauge(
          registry,
          "redemption_gateway_account_paused",
          "1 while an account sends nothing because of a fault of its own.",
          {"account"}
      )),
      breaker_open(gauge(
          registry,
          "redemption_gateway_breaker_open",
          "1 while an account leaves its platform's host alone because it does not answer.",
          {"account"}
      )),
      breaker_openings(counter(
          registry,
          "redemption_gateway_breaker_openings_total",
          "How often a breaker opened from closed.",
          {"account"}
      )),
      turned_away(counter(
          registry,
          "redemption_gateway_turned_away_total",
          "New redemptions refused before they were accepted, by why: queue_full, rate, pace, "
          "ban, breaker.",
          {"account", "reason"}
      )),
      client_events(counter(
          registry,
          "redemption_gateway_platform_client_events_total",
          "What platform clients noticed: refused signatures, answers not to be trusted.",
          {"account", "event"}
      )),
      key_changes(counter(
          registry,
          "redemption_gateway_key_changes_total",
          "Changed secret files, by whether the new keys were taken or refused.",
          {"account", "result"}
      )),
      keys_stale(gauge(
          registry,
          "redemption_gateway_keys_stale",
          "1 while an account uses older keys than its files hold, as those are faulty.",
          {"account"}
      )),
      certificate_expiry(gauge(
          registry,
          "redemption_gateway_certificate_expiry_timestamp_seconds",
          "When a certificate in use expires, in seconds since 1970.",
          {"account", "role"}
      )),
      listener_key_changes(counter(
          registry,
          "redemption_gateway_listener_key_changes_total",
          "Changed certificate files, by whether the new certificate was taken or refused.",
          {"listener", "result"}
      )),
      listener_keys_stale(gauge(
          registry,
          "redemption_gateway_listener_keys_stale",
          "1 while a listener shows an older certificate than its files hold, as those are faulty.",
          {"listener"}
      )),
      listener_certificate_expiry(gauge(
          registry,
          "redemption_gateway_listener_certificate_expiry_timestamp_seconds",
          "When the certificate that a listener shows expires, in seconds since 1970.",
          {"listener"}
      )),
      journal_seconds(lone_histogram(
          registry,
          "redemption_gateway_journal_commit_duration_seconds",
          "Length of one commit, flush included.",
          commit_buckets
      )),
      journal_operations(lone_histogram(
          registry,
          "redemption_gateway_journal_commit_operations",
          "Operations committed together.",
          group_buckets
      )),
      journal_failures(lone_counter(
          registry, "redemption_gateway_journal_failures_total", "Commits and openings that failed."
      )),
      journal_waits(lone_counter(
          registry,
          "redemption_gateway_journal_held_results_total",
          "Results held because the journal could not take them."
      )),
      journal_unreadable(lone_counter(
          registry,
          "redemption_gateway_journal_unreadable_redemptions_total",
          "Redemptions a list showed without what is sealed with a missing key."
      )),
      journal_removed(lone_counter(
          registry,
          "redemption_gateway_journal_removed_redemptions_total",
          "Final redemptions removed because they were older than the retention."
      )),
      loop_lag(lone_histogram(
          registry,
          "redemption_gateway_event_loop_lag_seconds",
          "How late the event loop came to a timer.",
          lag_buckets
      )),
      task_failures(lone_counter(
          registry,
          "redemption_gateway_task_failures_total",
          "Tasks that ended in an exception; each is a bug."
      )),
      log_dropped(lone_counter(
          registry,
          "redemption_gateway_log_dropped_lines_total",
          "Log lines dropped because nobody took them in time."
      )),
      build_info(gauge(
          registry,
          "redemption_gateway_build_info",
          "Always 1; the labels say what is running.",
          {"version", "commit", "compiler"}
      )),
      cpu_seconds(lone_counter(
          registry, "process_cpu_seconds_total", "User and system CPU time in seconds."
      )),
      resident_bytes(
          lone_gauge(registry, "process_resident_memory_bytes", "Resident memory in bytes.")
      ),
      virtual_bytes(lone_gauge(registry, "process_virtual_memory_bytes", "Virtual memory in bytes.")
      ),
      open_files(lone_gauge(registry, "process_open_fds", "Open file descriptors.")),
      max_files(lone_gauge(registry, "process_max_fds", "Most file descriptors there may be.")),
      start_time(
          lone_gauge(registry, "process_start_time_seconds", "Start time in seconds since 1970.")
      ) {}

}  // namespace gateway::server
