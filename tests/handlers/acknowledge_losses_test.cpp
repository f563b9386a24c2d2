#include <gtest/gtest.h>

#include "handlers/resources.hpp"
#include "tests/handlers/fake_core.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::handlers {
namespace {

using support::request_builder;

class AcknowledgeLosses : public testing::Test {
protected:
    net::http_response post(std::string body) {
        request_builder request(std::move(body));
        request.as("ops", {config::role::operate});
        const auto context = request.context({});
        return support::run_coro([&](auto) { return handler_->handle(context); });
    }

    support::fake_losses losses_;
    const std::unique_ptr<handler> handler_ = make_acknowledge_losses(losses_);
};

TEST_F(AcknowledgeLosses, TellsWhoKnowsWhat) {
    const auto response = post(R"({"up_to":3,"note":"compared"})");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.body, R"({"up_to":3,"missing":4,"restored":1})");
    EXPECT_EQ(post(R"({"up_to":"4"})").status, 200U);
    EXPECT_EQ(losses_.said, (std::vector<std::string>{"3 ops compared", "4 ops "}));
}

TEST_F(AcknowledgeLosses, RefusesWhatNamesNoLoss) {
    for (const auto* const body : {"", "{}", "[]", R"({"up_to":0})", R"({"up_to":1,"x":2})"}) {
        EXPECT_EQ(post(body).status, 400U) << body;
    }
    EXPECT_TRUE(losses_.said.empty());
}

TEST_F(AcknowledgeLosses, SaysThatTheJournalCannotKeepIt) {
    losses_.fault = redemption::journal_error{base::fixed_text("the disk is full")};
    const auto response = post(R"({"up_to":3})");
    EXPECT_EQ(response.status, 503U);
    EXPECT_NE(response.body.find("journal-unavailable"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace gateway::handlers
