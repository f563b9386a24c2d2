#include <gtest/gtest.h>

#include "handlers/list_query.hpp"
#include "handlers/resources.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::handlers {
namespace {

using redemption::state;
using support::request_builder;

TEST(ListQuery, TakesEveryFilter) {
    const auto reading = read_list_query(
        "state=unknown&method=shop.use&account=shop-a&idempotency_key=k%2F1&natural_key=n-1"
        "&created_after=2026-01-02T11:04:05+08:00&created_before=2026-01-03T00:00:00Z&limit=200"
        "&cursor=01a2016f-fb5a-7000-953c-7a9e5ff6a088"
    );
    const auto* filter = std::get_if<redemption::list_filter>(&reading);
    ASSERT_TRUE(filter);
    EXPECT_EQ(filter->in_state, state::unknown);
    EXPECT_EQ(filter->method->str(), "shop.use");
    EXPECT_EQ(filter->account->str(), "shop-a");
    EXPECT_EQ(filter->key->str(), "k/1");
    EXPECT_EQ(filter->natural->str(), "n-1");
    EXPECT_EQ(filter->created_after->time_since_epoch().count(), 1'767'323'045'000);
    EXPECT_LT(filter->created_after, filter->created_before);
    EXPECT_EQ(filter->limit, 200U);
    EXPECT_EQ(filter->after->str(), "01a2016f-fb5a-7000-953c-7a9e5ff6a088");
    EXPECT_EQ(filter->caller, std::nullopt);
}

TEST(ListQuery, NamesEveryFault) {
    const auto reading = read_list_query(
        "state=done&limit=0&limit=5&created_after=yesterday&cursor=3&account=&caller=pos&x"
    );
    const auto* fault = std::get_if<problem>(&reading);
    ASSERT_TRUE(fault);
    std::vector<std::string> names;
    for (const auto& error : fault->query_errors) {
        names.push_back(error.parameter);
    }
    const std::vector<std::string> expected{
        "state", "limit", "limit", "created_after", "cursor", "account", "caller", "x"
    };
    EXPECT_EQ(names, expected);
}

TEST(ListQuery, RefusesLimitsOutOfRange) {
    for (const char* query :
         {"limit=", "limit=201", "limit=-1", "limit=1x", "limit=99999999999", "limit=%"}) {
        EXPECT_TRUE(std::holds_alternative<problem>(read_list_query(query))) << query;
    }
    EXPECT_EQ(std::get<redemption::list_filter>(read_list_query("")).limit, 50U);
}

class ListRedemptions : public testing::Test {
protected:
    net::http_response get(const request_builder& request, std::string_view query) {
        const auto context = request.context(query);
        return support::run_coro([&](auto) { return handler_->handle(context); });
    }

    support::fake_service service_;
    std::unique_ptr<handler> handler_ = make_list_redemptions(service_, std::chrono::hours(24));
};

TEST_F(ListRedemptions, GivesACursorWhileThereIsMore) {
    service_.list_says = std::vector(3, support::sample_record(state::succeeded));
    const auto more = get(request_builder(), "limit=2");
    EXPECT_EQ(service_.filter->limit, 3U);
    EXPECT_NE(
        more.body.find(R"("next_cursor":"01a2016f-fb5a-7000-953c-7a9e5ff6a088")"), std::string::npos
    );
    service_.list_says = std::vector(2, support::sample_record(state::succeeded));
    const auto last = get(request_builder(), "limit=2");
    EXPECT_NE(last.body.find(R"("next_cursor":null)"), std::string::npos) << last.body;
    service_.list_says = std::vector<redemption::record>();
    EXPECT_EQ(get(request_builder(), "").body, R"({"redemptions":[],"next_cursor":null})");
}

TEST_F(ListRedemptions, ShowsCallersTheirOwnAndOperatorsAll) {
    get(request_builder().as("pos", {config::role::read}), "");
    EXPECT_EQ(service_.filter->caller, redemption::caller_name("pos"));
    get(request_builder().as("ops", {config::role::read, config::role::operate}), "");
    EXPECT_EQ(service_.filter->caller, std::nullopt);
    EXPECT_EQ(service_.filter->accounts, std::nullopt);
    request_builder limited;
    limited.caller.accounts = {redemption::account_name("shop-a")};
    get(limited, "account=m-1");
    EXPECT_EQ(service_.filter->accounts, limited.caller.accounts);
}

TEST_F(ListRedemptions, NamesNoThousandFaults) {
    std::string query;
    for (int i = 0; i < 5000; ++i) {
        query += "a&";
    }
    const auto response = get(request_builder(), query);
    EXPECT_EQ(response.status, 400U);
    EXPECT_LT(response.body.size(), 1000U);
}

TEST_F(ListRedemptions, SaysWhenTheJournalCannotBeRead) {
    service_.list_says =
        redemption::unavailable{{}, base::fixed_text("no disk"), std::chrono::seconds(1)};
    EXPECT_EQ(get(request_builder(), "").status, 503U);
}

TEST(ListAccounts, ShowsHealthAndMethods) {
    support::fake_service service;
    const support::fake_directory directory;
    redemption::account_health serving;
    serving.name = redemption::account_name("shop-a");
    serving.in_flight = 2;
    serving.waiting = 1;
    redemption::account_health paused;
    paused.name = redemption::account_name("m-1");
    paused.paused = true;
    paused.paused_methods.push_back(
        {.method = redemption::method_name("shop.many"), .why = base::fixed_text("no permission")}
    );
    paused.why = "isv.invalid-app-id";
    paused.limits = {.requests_per_second = 0.5, .in_flight = 3, .queue = 9};
    paused.breaker = redemption::breaker_state::open;
    paused.faults_in_a_row = 12;
    paused.last_fault = "connection refused";
    paused.probe_in = std::chrono::milliseconds(250);
    paused.bans = {{redemption::method_name("shop.many"), std::chrono::seconds(7)}};
    redemption::account_health orphaned;
    orphaned.name = redemption::account_name("gone");
    orphaned.configured = false;
    orphaned.pending = 3;
    service.health = {serving, paused, orphaned};
    account_certificates certificates;
    certificates.add(
        serving.name,
        {"app", "5e8f", "c0ffee", redemption::time_point(std::chrono::milliseconds(0))}
    );
    const auto handler = make_list_accounts(service, directory, certificates);
    const request_builder request;
    const auto context = request.context();
    const auto response = support::run_coro([&](auto) { return handler->handle(context); });
    EXPECT_EQ(
        response.body,
        R"({"accounts":[{"name":"shop-a","configured":true,"pending":0,"platform":"alipay","methods":["shop.use"],)"
        R"("state":"serving","paused_because":null,"paused_methods":[],"in_flight":2,"waiting":1,)"
        R"("limits":{"requests_per_second":50,"in_flight":64,"queue":1000},)"
        R"("breaker":{"state":"closed","faults_in_a_row":0,"last_fault":null,"probe_in_ms":0},)"
        R"("bans":[],)"
        R"("certificates":[{"role":"app","serial_number":"5e8f",)"
        R"("cert_sn":"c0ffee",)"
        R"("expires_at":"1970-01-01T00:00:00.000Z"}]},)"
        R"({"name":"m-1","configured":true,"pending":0,"platform":"alipay","methods":["shop.many"],"state":"paused",)"
        R"("paused_because":"isv.invalid-app-id",)"
        R"("paused_methods":[{"method":"shop.many","paused_because":"no permission"}],"in_flight":0,"waiting":0,)"
        R"("limits":{"requests_per_second":0.5,"in_flight":3,"queue":9},)"
        R"("breaker":{"state":"open","faults_in_a_row":12,"last_fault":"connection refused",)"
        R"("probe_in_ms":250},"bans":[{"method":"shop.many","left_ms":7000,"trial_in_ms":null}],"certificates":[]},)"
        R"({"name":"gone","configured":false,"pending":3,"state":"not_configured"}]})"
    );
}

TEST(ListAccounts, ShowsAReaderOnlyItsOwn) {
    support::fake_service service;
    const support::fake_directory directory;
    const account_certificates certificates;
    for (const char* name : {"shop-a", "m-1"}) {
        service.health.emplace_back().name = redemption::account_name(name);
    }
    const auto handler = make_list_accounts(service, directory, certificates);
    request_builder request;
    request.caller.accounts = {redemption::account_name("m-1")};
    const auto context = request.context();
    const auto response = support::run_coro([&](auto) { return handler->handle(context); });
    EXPECT_EQ(response.body.find("shop-a"), std::string::npos);
    EXPECT_NE(response.body.find("m-1"), std::string::npos);
}

}  // namespace
}  // namespace gateway::handlers
