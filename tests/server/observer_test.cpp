#include "server/observe/observer.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "net/http_message.hpp"
#include "redemption/rules/account_admission.hpp"
#include "server/observe/metrics_text.hpp"
#include "server/observe/series_table.hpp"
#include "tests/handlers/fake_core.hpp"

namespace gateway::server {
namespace {

using redemption::state;
using std::chrono::milliseconds;

class Observer : public testing::Test {
protected:
    // Every event once.
    void report_everything() {
        auto what = support::sample_record(state::pending);
        observer_.account_configured(what.account, {});
        observer_.redemption_state(what, std::nullopt, milliseconds(5));
        redemption::attempt_outcome outcome;
        outcome.said.code = base::fixed_text("10000");
        observer_.attempt_finished(what, what.attempts.front(), outcome, milliseconds(5));
        what.state = state::succeeded;
        observer_.redemption_state(what, state::pending, milliseconds(5));
        observer_.redemptions_orphaned(what.account, 1);
        redemption::history_entry action;
        action.who = "ops";
        action.action = "resolve";
        observer_.operator_acted(what, action);
        observer_.account_paused(what.account, base::fixed_text("isv.invalid-signature"));
        observer_.account_resumed(what.account);
        observer_.method_paused(what.account, what.method, base::fixed_text("no permission"));
        observer_.method_resumed(what.account, what.method);
        observer_.account_tried(what.account, std::nullopt, "ops");
        observer_.breaker_opened(what.account, 10, base::fixed_text("connection refused"));
        observer_.turned_away(what.account, "queue_full");
        observer_.journal_trouble(what, base::fixed_text("disk full"));
        observer_.committed(3, milliseconds(1));
        observer_.failed(base::fixed_text("disk full"));
        observer_.unreadable(2, base::fixed_text("sealed with key 12345678"));
        observer_.connection_opened("api");
        observer_.connection_refused("api");
        observer_.accept_failed("api", base::fixed_text("too many open files"));
        observer_.handler_failed("/v1/accounts", base::fixed_text("bug"));
        observer_.connection_evicted("api");
        observer_.handshake_failed("api", base::fixed_text("no shared cipher"));
        observer_.shed("api", "caller_share");
        observer_.client_event("signature_refused", what.account, base::fixed_text("…"));
        observer_.certificate_known(what.account, "app", {});
        observer_.pool_changed("shop-a", {.open = 3, .idle = 2, .waiting = 1});
        observer_.acquire_timed_out("shop-a");
        observer_.host_resolved("gw.example");
        observer_.host_not_resolved("gw.example", "Host not found");
        observer_.listener_keys_changed("api", {});
        observer_.listener_certificate("api", {});
        observer_.keys_changed(what.account, {base::fixed_text("private_key_file: not a key")});
        observer_.unknown_at_start(2);
        observer_.journal_removed(5, {});
        observer_.retention_paused(true);
        observer_.journal_oldest_write(milliseconds(2500));
        observer_.journal_storage(4096, 0, 1U << 30U);
        observer_.journal_created_at(redemption::time_point(std::chrono::seconds(7)));
        observer_.journal_is_new(base::fixed_text("journal.db"));
        observer_.journal_standing({.replicas = 3});
        observer_.loop_lagged(milliseconds(2));
        observer_.task_failed(base::fixed_text("bug"));
        exchange_facts facts;
        facts.listener = "api";
        facts.route = "/v1/redemptions";
        facts.method = "POST";
        facts.status = 200;
        facts.took = milliseconds(7);
        observer_.answered(facts);
    }

    bool has_line(const std::string& text, const std::string& line) const {
        return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
    }

    std::string logged() {
        EXPECT_TRUE(log_.flush(std::chrono::seconds(10)));
        return out_.str();
    }

    std::ostringstream out_;
    log log_{{}, out_};
    observer observer_{log_};
};

TEST_F(Observer, CountsRedemptionsAndAttempts) {
    report_everything();
    const auto text = observer_.prometheus_text();
    for (const char* line :
         {R"(redemption_gateway_redemptions_total{account="shop-a",method="shop.use",state="succeeded"} 1)",
          R"(redemption_gateway_redemptions_pending{account="shop-a",method="shop.use"} 0)",
          R"(redemption_gateway_redemptions_unknown 2)",
          R"(redemption_gateway_attempts_total{account="shop-a",method="shop.use",phase="not_sent",verdict="not_executed"} 1)",
          R"(redemption_gateway_attempt_duration_seconds_count{account="shop-a",method="shop.use"} 1)",
          R"(redemption_gateway_http_requests_total{code="200",listener="api",method="POST",route="/v1/redemptions"} 1)",
          R"(redemption_gateway_http_open_connections{listener="api"} 1)",
          R"(redemption_gateway_journal_commit_operations_sum 3)",
          R"(redemption_gateway_journal_removed_redemptions_total 5)",
          R"(redemption_gateway_journal_oldest_write_seconds 2.5)",
          R"(redemption_gateway_journal_wal_bytes 4096)",
          R"(redemption_gateway_journal_free_bytes 1073741824)",
          R"(redemption_gateway_journal_created_timestamp_seconds 7)",
          R"(redemption_gateway_account_paused{account="shop-a"} 0)",
          R"(redemption_gateway_breaker_open{account="shop-a"} 1)",
          R"(redemption_gateway_breaker_openings_total{account="shop-a"} 1)",
          R"(redemption_gateway_turned_away_total{account="shop-a",reason="queue_full"} 1)",
          R"(redemption_gateway_http_shed_requests_total{listener="api",reason="caller_share"} 1)",
          R"(redemption_gateway_pool_open_connections{account="shop-a"} 3)",
          R"(redemption_gateway_pool_idle_connections{account="shop-a"} 2)",
          R"(redemption_gateway_pool_waiting_requests{account="shop-a"} 1)",
          R"(redemption_gateway_pool_acquire_timeouts_total{account="shop-a"} 1)",
          R"(redemption_gateway_resolver_refreshes_total{host="gw.example"} 1)",
          R"(redemption_gateway_resolver_failures_total{host="gw.example"} 1)",
          R"(redemption_gateway_keys_stale{account="shop-a"} 1)"}) {
        EXPECT_TRUE(has_line(text, line)) << line << "\nin\n" << text;
    }
}

// A row of the table that no call moves would never be seen.
TEST_F(Observer, MovesEverySeriesOfTheTable) {
    report_everything();
    const auto text = observer_.prometheus_text();
    for (const auto& group : series_table()) {
        for (const auto& row : group.rows) {
            const auto type =
                "# TYPE " + std::string(row.name) + ' ' + std::string(to_string(row.kind));
            EXPECT_TRUE(has_line(text, type)) << type;
        }
    }
}

TEST_F(Observer, CountsEveryFailureOfTheJournalButLogsEachReasonOnce) {
    const auto count = [this](const std::string& event) {
        const auto text = logged();
        const auto line = "\"event\":\"" + event + '"';
        int times = 0;
        for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) {
            ++times;
        }
        return times;
    };
    observer_.committed(1, milliseconds(1));
    for (const char* reason : {"locked", "locked", "disk full", "disk full"}) {
        observer_.failed(base::redacted_text::trusted(reason));
    }
    EXPECT_EQ(count("journal_failed"), 2) << logged();
    EXPECT_EQ(count("journal_works"), 0) << logged();
    observer_.committed(1, milliseconds(1));
    observer_.committed(1, milliseconds(1));
    EXPECT_EQ(count("journal_works"), 1) << logged();
    observer_.failed(base::fixed_text("disk full"));
    EXPECT_EQ(count("journal_failed"), 3) << logged();
    EXPECT_TRUE(has_line(observer_.prometheus_text(), "redemption_gateway_journal_failures_total 5")
    );
}

TEST_F(Observer, ShowsABreakerClosedFromTheStartAndAgainWhenItCloses) {
    const redemption::account_name shop("shop-a");
    const std::string closed = R"(redemption_gateway_breaker_open{account="shop-a"} 0)";
    observer_.account_configured(shop, {});
    EXPECT_TRUE(has_line(observer_.prometheus_text(), closed));
    observer_.breaker_opened(shop, 10, base::fixed_text("connection refused"));
    EXPECT_FALSE(has_line(observer_.prometheus_text(), closed));
    observer_.breaker_closed(shop);
    EXPECT_TRUE(has_line(observer_.prometheus_text(), closed));
}

TEST_F(Observer, CountsAStateOnceHoweverOftenItIsReported) {
    const auto what = support::sample_record(state::unknown);
    observer_.unknown_at_start(0);
    observer_.redemption_state(what, state::pending, milliseconds(5));
    observer_.redemption_state(what, state::unknown, milliseconds(5));
    const auto text = observer_.prometheus_text();
    EXPECT_TRUE(has_line(text, "redemption_gateway_redemptions_unknown 1")) << text;
}

// increase() sees no first event of a series that begins with it.
TEST_F(Observer, ShowsEverythingThatTheConfigurationForesees) {
    const redemption::account_name shop("shop-a");
    const std::array<base::fixed_text, 1> methods{"shop.use"};
    observer_.account_configured(shop, methods);
    observer_.host_configured("gw.example");
    std::vector<route> routes;
    routes.push_back({"POST", "/v1/redemptions", {}, nullptr});
    observer_.listener_configured("api", routes, true);
    const auto text = observer_.prometheus_text();
    for (const char* line :
         {R"(redemptions_total{account="shop-a",method="shop.use",state="unknown"} 0)",
          R"(redemption_duration_seconds_count{account="shop-a",method="shop.use",state="failed"} 0)",
          R"(redemptions_pending{account="shop-a",method="shop.use"} 0)",
          R"(redemptions_orphaned{account="shop-a"} 0)",
          R"(account_tries_total{account="shop-a"} 0)",
          R"(attempts_total{account="shop-a",method="shop.use",phase="maybe_sent",verdict="ambiguous"} 0)",
          R"(attempt_duration_seconds_count{account="shop-a",method="shop.use"} 0)",
          R"(account_method_paused{account="shop-a",method="shop.use"} 0)",
          R"(turned_away_total{account="shop-a",reason="breaker"} 0)",
          R"(breaker_openings_total{account="shop-a"} 0)",
          R"(platform_client_events_total{account="shop-a",event="answer_not_trusted"} 0)",
          R"(key_changes_total{account="shop-a",result="refused"} 0)",
          R"(pool_acquire_timeouts_total{account="shop-a"} 0)",
          R"(resolver_failures_total{host="gw.example"} 0)",
          R"(http_requests_total{code="503",listener="api",method="POST",route="/v1/redemptions"} 0)",
          R"(http_requests_total{code="431",listener="api",method="other",route="none"} 0)",
          R"(http_requests_total{code="404",listener="api",method="GET",route="none"} 0)",
          R"(http_requests_total{code="405",listener="api",method="DELETE",route="/v1/redemptions"} 0)",
          R"(http_shed_requests_total{listener="api",reason="memory"} 0)",
          R"(http_evicted_connections_total{listener="api"} 0)",
          R"(operator_actions_total{action="retry"} 0)",
          R"(http_handler_failures_total{route="/v1/redemptions"} 0)",
          R"(http_tls_handshake_failures_total{listener="api"} 0)",
          R"(listener_key_changes_total{listener="api",result="refused"} 0)"}) {
        const auto whole = std::string("redemption_gateway_") + line;
        EXPECT_TRUE(has_line(text, whole)) << whole << "\nin\n" << text;
    }
    using refusal = redemption::account_admission::refusal_reason;
    for (const auto why :
         {refusal::queue_full, refusal::rate, refusal::pace, refusal::ban, refusal::breaker}) {
        const auto reason = "reason=\"" + std::string(redemption::to_string(why)) + '"';
        EXPECT_NE(text.find(reason), std::string::npos) << reason;
    }
}

// 0 would say that there are none.
TEST_F(Observer, KnowsNoNumberOfUnknownsBeforeTheJournalIsOpen) {
    const std::string name = "redemption_gateway_redemptions_unknown ";
    EXPECT_EQ(observer_.prometheus_text().find('\n' + name), std::string::npos);
    // One that the start finds to be in doubt, before the others have been counted.
    observer_.redemption_state(
        support::sample_record(state::unknown), state::pending, milliseconds(5)
    );
    EXPECT_EQ(observer_.prometheus_text().find('\n' + name), std::string::npos);
    observer_.unknown_at_start(2);
    EXPECT_TRUE(has_line(observer_.prometheus_text(), name + '3'));
}

TEST_F(Observer, GivesARefusalOfTheParserNoDuration) {
    exchange_facts facts;
    facts.listener = "api";
    facts.status = 413;
    observer_.answered(facts);
    const auto text = observer_.prometheus_text();
    EXPECT_NE(text.find(R"(http_requests_total{code="413")"), std::string::npos);
    EXPECT_EQ(text.find("http_request_duration_seconds_count{"), std::string::npos) << text;
}

// Its clock was set back in between.
TEST_F(Observer, ShowsNoNegativeDuration) {
    const auto what = support::sample_record(state::pending);
    observer_.attempt_finished(what, what.attempts.front(), {}, -milliseconds(3598));
    EXPECT_EQ(logged().find("took_ms\":-"), std::string::npos) << logged();
    const auto text = observer_.prometheus_text();
    EXPECT_EQ(
        text.find("_seconds_sum{account=\"shop-a\",method=\"shop.use\"} -"), std::string::npos
    );
}

TEST_F(Observer, GivesStrangeMethodsAndPathsOneLabel) {
    exchange_facts facts;
    facts.listener = "api";
    facts.method = "FROBNICATE\"";
    facts.status = 405;
    observer_.answered(facts);
    EXPECT_TRUE(has_line(
        observer_.prometheus_text(),
        R"(redemption_gateway_http_requests_total{code="405",listener="api",method="other",route="none"} 1)"
    ));
}

TEST_F(Observer, LogsOneLinePerEndAndAttemptWithoutCodes) {
    report_everything();
    const auto text = logged();
    EXPECT_NE(text.find(R"("event":"redemption","id":"01a2016f-)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("event":"attempt")"), std::string::npos);
    EXPECT_NE(text.find(R"("event":"account_paused","account":"shop-a")"), std::string::npos);
    EXPECT_NE(text.find(R"("event":"keys_refused")"), std::string::npos);
    EXPECT_EQ(text.find("secret-code"), std::string::npos);
}

TEST_F(Observer, CountsWhatHasNoAccountAndWarnsOnceAnAccount) {
    const redemption::account_name gone("gone");
    for (const std::size_t pending : {2U, 1U, 3U}) {
        observer_.redemptions_orphaned(gone, pending);
        const auto line =
            "redemption_gateway_redemptions_orphaned{account=\"gone\"} " + std::to_string(pending);
        EXPECT_TRUE(has_line(observer_.prometheus_text(), line)) << line;
    }
    observer_.redemptions_orphaned(redemption::account_name("none"), 0);
    auto picked_up = support::sample_record(redemption::state::pending);
    picked_up.account = gone;
    observer_.redemption_state(picked_up, std::nullopt, milliseconds(5));
    for (const char* line :
         {R"(redemptions_total{account="gone",method="shop.use",state="pending"} 1)",
          R"(redemptions_total{account="gone",method="shop.use",state="failed"} 0)",
          R"(redemption_duration_seconds_count{account="gone",method="shop.use",state="failed"} 0)"
         }) {
        const auto whole = std::string("redemption_gateway_") + line;
        EXPECT_TRUE(has_line(observer_.prometheus_text(), whole)) << whole;
    }
    const auto text = logged();
    const std::string event = R"("event":"account_not_configured","account":"gone","pending":2)";
    EXPECT_NE(text.find(event), std::string::npos) << text;
    EXPECT_EQ(text.find("account_not_configured"), text.rfind("account_not_configured")) << text;
}

TEST_F(Observer, LogsARequestThatIsTraced) {
    exchange_facts facts;
    facts.listener = "api";
    facts.method = "POST";
    facts.status = 200;
    observer_.answered(facts);
    EXPECT_EQ(logged(), "");
    facts.trace_id =
        exchange_mark::trace_id("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    observer_.answered(facts);
    EXPECT_NE(logged().find(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"), std::string::npos);
}

TEST_F(Observer, LogsARequestThatItsCallerNamed) {
    exchange_facts facts;
    facts.listener = "api";
    facts.method = "POST";
    facts.status = 200;
    net::http_response response;
    response.headers.add("X-Request-Id", "r-1");
    facts.request_id = exchange_mark::request_id(response);
    observer_.answered(facts);
    EXPECT_EQ(logged(), "");
    facts.named_by_caller = true;
    observer_.answered(facts);
    EXPECT_NE(logged().find(R"("request_id":"r-1")"), std::string::npos);
}

TEST_F(Observer, LogsAProblemOfAKnownCallerThatIsNoFlood) {
    exchange_facts facts;
    facts.listener = "api";
    facts.method = "POST";
    facts.status = 422;
    observer_.answered(facts);
    EXPECT_EQ(logged(), "");
    const redemption::caller_name caller("till");
    facts.caller = &caller;
    for (const unsigned status : {200U, 202U, 429U, 503U}) {
        facts.status = status;
        observer_.answered(facts);
        EXPECT_EQ(logged(), "") << status;
    }
    for (const unsigned status : {400U, 403U, 404U, 409U, 422U}) {
        facts.status = status;
        observer_.answered(facts);
        EXPECT_NE(logged().find(R"("status":)" + std::to_string(status)), std::string::npos);
    }
}

TEST_F(Observer, PassesPromtool) {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "PROMTOOL IS MISSING: the metrics are not linted; install `prometheus`";
    }
    report_everything();
    std::string name = testing::TempDir() + "metrics-XXXXXX";
    const int file = mkstemp(name.data());
    ASSERT_GE(file, 0);
    close(file);
    std::ofstream(name) << observer_.prometheus_text();
    const auto report = name + ".report";
    const auto command = "promtool check metrics < " + name + " > " + report + " 2>&1";
    const int status = std::system(command.c_str());
    std::stringstream said;
    said << std::ifstream(report).rdbuf();
    EXPECT_EQ(status, 0) << said.str();
    EXPECT_EQ(said.str(), "");
    std::remove(name.c_str());
    std::remove(report.c_str());
}

TEST(OpenMetrics, HasItsOwnShape) {
    prometheus::MetricFamily counter;
    counter.name = "x_total";
    counter.help = "a \"b\"\\\n";
    counter.type = prometheus::MetricType::Counter;
    counter.metric.resize(1);
    counter.metric[0].label = {{"l", "v\"\n\\"}};
    counter.metric[0].counter.value = 3;
    prometheus::MetricFamily gauge;
    gauge.name = "g";
    gauge.type = prometheus::MetricType::Gauge;
    gauge.metric.resize(1);
    gauge.metric[0].gauge.value = 0.5;
    prometheus::MetricFamily histogram;
    histogram.name = "h_seconds";
    histogram.type = prometheus::MetricType::Histogram;
    histogram.metric.resize(1);
    histogram.metric[0].histogram.sample_count = 3;
    histogram.metric[0].histogram.sample_sum = 2.25;
    histogram.metric[0].histogram.bucket = {{1, 0.5}, {2, 1}};
    EXPECT_EQ(
        openmetrics_text({counter, gauge, histogram}),
        "# TYPE x counter\n"
        "# HELP x a \\\"b\\\"\\\\\\n\n"
        "x_total{l=\"v\\\"\\n\\\\\"} 3\n"
        "# TYPE g gauge\n"
        "# HELP g \n"
        "g 0.5\n"
        "# TYPE h_seconds histogram\n"
        "# HELP h_seconds \n"
        "h_seconds_bucket{le=\"0.5\"} 1\n"
        "h_seconds_bucket{le=\"1.0\"} 2\n"
        "h_seconds_bucket{le=\"+Inf\"} 3\n"
        "h_seconds_count 3\n"
        "h_seconds_sum 2.25\n"
        "# EOF\n"
    );
}

}  // namespace
}  // namespace gateway::server
