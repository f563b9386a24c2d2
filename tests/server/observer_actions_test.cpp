// What operators did can be read afterwards, in the log and in the series.
#include <gmock/gmock.h>

#include <sstream>

#include "server/observe/observer.hpp"
#include "tests/handlers/fake_core.hpp"

namespace gateway::server {
namespace {

using redemption::state;
using testing::HasSubstr;

class ObservedActions : public testing::Test {
protected:
    std::string logged() {
        EXPECT_TRUE(log_.flush(std::chrono::seconds(10)));
        return out_.str();
    }
    std::string series() { return observer_.prometheus_text(); }

    std::ostringstream out_;
    log log_{{}, out_};
    observer observer_{log_};
};

TEST_F(ObservedActions, OfAnOperatorAreLoggedByNameAndCounted) {
    const auto what = support::sample_record(state::rejected);
    redemption::history_entry action;
    action.who = "ops";
    for (const auto* word : {"resolve", "retry", "retry"}) {
        action.action = word;
        observer_.operator_acted(what, action);
    }
    EXPECT_THAT(series(), HasSubstr("operator_actions_total{action=\"resolve\"} 1\n"));
    EXPECT_THAT(series(), HasSubstr("operator_actions_total{action=\"retry\"} 2\n"));
    EXPECT_THAT(
        logged(),
        HasSubstr(R"("event":"operator_acted","id":"01a2016f-fb5a-7000-953c-7a9e5ff6a088",)"
                  R"("action":"resolve","state":"rejected","method":"shop.use","account":"shop-a",)"
                  R"("who":"ops")")
    );
}

TEST_F(ObservedActions, OfAnOperatorThatWereWrongAreWarnedAbout) {
    redemption::attempt executed;
    executed.number = 2;
    observer_.resolution_contradicted(support::sample_record(state::failed), executed);
    EXPECT_THAT(series(), HasSubstr("contradicted_resolutions_total 1\n"));
    EXPECT_THAT(
        logged(),
        HasSubstr(
            R"("event":"resolution_contradicted","id":"01a2016f-fb5a-7000-953c-7a9e5ff6a088",)"
            R"("state":"failed","method":"shop.use","account":"shop-a","attempt":2)"
        )
    );
}

TEST_F(ObservedActions, OfAnOperatorOnAnAccountAreLoggedByNameAndCounted) {
    const redemption::account_name shop("shop-a");
    observer_.account_tried(shop, std::nullopt, "ops");
    observer_.account_tried(shop, redemption::method_name("shop.use"), "ops");
    EXPECT_THAT(series(), HasSubstr("account_tries_total{account=\"shop-a\"} 2\n"));
    EXPECT_THAT(
        logged(),
        HasSubstr(R"("event":"account_tried","account":"shop-a","method":"all","by":"ops")")
    );
    EXPECT_THAT(logged(), HasSubstr(R"("method":"shop.use","by":"ops")"));
}

}  // namespace
}  // namespace gateway::server
