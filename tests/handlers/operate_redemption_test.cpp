#include <gtest/gtest.h>

#include "handlers/operate_body.hpp"
#include "handlers/resources.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::handlers {
namespace {

using redemption::state;
using support::request_builder;

const std::string some_id = "01a2016f-fb5a-7000-953c-7a9e5ff6a088";

TEST(OperateBody, NamesWhatIsWrong) {
    struct row {
        const char* name;
        std::string body;
        std::vector<std::string> pointers;
    };
    const row rows[] = {
        {"nothing in it", "{}", {"/state"}},
        {"a state that is not final", R"({"state":"pending"})", {"/state"}},
        {"no state at all", R"({"state":"done"})", {"/state"}},
        {"more than is known", R"({"state":"failed","who":"me","note":5})", {"/note", "/who"}},
        {"a note too long",
         R"({"state":"failed","note":")" + std::string(1001, 'n') + "\"}",
         {"/note"}},
        {"not an object", "[]", {""}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto reading = read_resolve_body(row.body);
        const auto* fault = std::get_if<problem>(&reading);
        ASSERT_TRUE(fault);
        std::vector<std::string> pointers;
        for (const auto& error : fault->errors) {
            pointers.push_back(error.pointer);
        }
        EXPECT_EQ(pointers, row.pointers);
    }
}

class Operate : public testing::Test {
protected:
    Operate() {
        service_.operate_says =
            redemption::redemption_snapshot{.record = support::sample_record(state::rejected)};
    }
    static request_builder order(std::string body) {
        request_builder out(std::move(body));
        out.as("ops", {config::role::operate}).header("Content-Type", "application/json");
        return out;
    }
    static net::http_response post(
        handler& to, const request_builder& request, std::string_view id = some_id
    ) {
        const auto context = request.context({}, id);
        return support::run_coro([&](auto) { return to.handle(context); });
    }

    support::fake_service service_;
};

TEST_F(Operate, ResolvesInTheCallersName) {
    const auto handler = make_resolve_redemption(service_, std::chrono::hours(24));
    const auto response = post(*handler, order(R"({"state":"rejected","note":"asked the shop"})"));
    EXPECT_EQ(response.status, 200U);
    const std::vector<std::string> expected{
        "resolve " + some_id + " rejected by ops: asked the shop"
    };
    EXPECT_EQ(service_.orders, expected);
}

TEST_F(Operate, RetriesWithAndWithoutABody) {
    const auto handler = make_retry_redemption(service_, std::chrono::hours(24));
    EXPECT_EQ(post(*handler, request_builder().as("ops", {})).status, 200U);
    EXPECT_EQ(post(*handler, order(R"({"note":"once more"})")).status, 200U);
    const std::vector<std::string> expected{
        "retry " + some_id + " by ops: ", "retry " + some_id + " by ops: once more"
    };
    EXPECT_EQ(service_.orders, expected);
}

TEST_F(Operate, OfSomeAccountsActsOnTheirRedemptionsOnly) {
    const auto resolve = make_resolve_redemption(service_, std::chrono::hours(24));
    const auto retry = make_retry_redemption(service_, std::chrono::hours(24));
    auto request = order(R"({"state":"failed"})");
    auto again = order("{}");
    again.caller.accounts = request.caller.accounts = {redemption::account_name("shop-b")};
    service_.find_says = redemption::not_found{};
    EXPECT_EQ(post(*resolve, request).status, 404U);
    EXPECT_EQ(post(*retry, again).status, 404U);
    EXPECT_TRUE(service_.orders.empty());
    EXPECT_EQ(service_.reader->accounts, request.caller.accounts);
    service_.find_says =
        redemption::redemption_snapshot{.record = support::sample_record(state::unknown)};
    EXPECT_EQ(post(*resolve, request).status, 200U);
    EXPECT_EQ(post(*retry, again).status, 200U);
    EXPECT_EQ(service_.orders.size(), 2U);
}

TEST_F(Operate, OrdersNothingWhenTheRequestIsBad) {
    const auto resolve = make_resolve_redemption(service_, std::chrono::hours(24));
    const auto retry = make_retry_redemption(service_, std::chrono::hours(24));
    EXPECT_EQ(post(*resolve, order("")).status, 400U);
    EXPECT_EQ(post(*resolve, order(R"({"state":"failed"})"), "1").status, 404U);
    EXPECT_EQ(post(*retry, order("[]")).status, 400U);
    EXPECT_EQ(post(*retry, order("{}"), "1").status, 404U);
    EXPECT_TRUE(service_.orders.empty());
}

}  // namespace
}  // namespace gateway::handlers
