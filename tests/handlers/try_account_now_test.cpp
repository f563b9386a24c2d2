#include <gtest/gtest.h>

#include "handlers/resources.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::handlers {
namespace {

using support::request_builder;

class TryAccountNow : public testing::Test {
protected:
    TryAccountNow() {
        redemption::account_health health;
        health.name = redemption::account_name("shop-a");
        service_.try_now_says = health;
    }

    net::http_response post(std::string body, std::optional<std::string> only = {}) {
        request_builder request(std::move(body));
        request.as("ops", {config::role::operate});
        if (only) {
            request.caller.accounts = {redemption::account_name(*only)};
        }
        const auto context = request.context({}, "shop-a");
        return support::run_coro([&](auto) { return handler_->handle(context); });
    }

    support::fake_service service_;
    support::fake_directory directory_;
    account_certificates certificates_;
    const std::unique_ptr<handler> handler_ =
        make_try_account_now(service_, directory_, certificates_);
};

TEST_F(TryAccountNow, TriesTheWholeAccountOrOneMethodAndShowsItsHealth) {
    for (const auto* const body : {"{}", ""}) {
        const auto response = post(body);
        EXPECT_EQ(response.status, 200U);
        EXPECT_NE(response.body.find(R"("name":"shop-a")"), std::string::npos);
        EXPECT_NE(response.body.find(R"("state":"serving")"), std::string::npos);
    }
    EXPECT_EQ(post(R"({"method":"shop.use"})").status, 200U);
    EXPECT_EQ(
        service_.orders,
        (std::vector<std::string>{
            "try shop-a all by ops", "try shop-a all by ops", "try shop-a shop.use by ops"
        })
    );
}

TEST_F(TryAccountNow, RefusesWhatItDoesNotUnderstand) {
    EXPECT_EQ(post("[]").status, 400U);
    EXPECT_EQ(post(R"({"method":"no.such"})").status, 400U);
    EXPECT_EQ(post(R"({"account":"shop-a"})").status, 400U);
    EXPECT_TRUE(service_.orders.empty());
}

TEST_F(TryAccountNow, SaysWhenThereIsNoSuchAccountOrNoJournal) {
    service_.try_now_says = redemption::not_found{};
    EXPECT_EQ(post("{}").status, 404U);
    service_.try_now_says = redemption::unavailable{.detail = base::fixed_text("the disk is full")};
    EXPECT_EQ(post("{}").status, 503U);
}

TEST_F(TryAccountNow, KnowsOnlyTheAccountsThatItsOperatorMayUse) {
    EXPECT_EQ(post("{}", "shop-a").status, 200U);
    EXPECT_EQ(post("{}", "shop-b").status, 404U);
    EXPECT_EQ(service_.orders.size(), 1U);
}

}  // namespace
}  // namespace gateway::handlers
