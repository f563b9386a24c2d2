#include "handlers/redemption_answer.hpp"

#include <gtest/gtest.h>

#include "tests/handlers/fake_core.hpp"

namespace gateway::handlers {
namespace {

constexpr std::chrono::hours kept{24};

using redemption::redemption_snapshot;
using redemption::state;
using std::chrono::seconds;

const std::string path = "/v1/redemptions/01a2016f-fb5a-7000-953c-7a9e5ff6a088";
const redemption::redemption_id some_id("01a2016f-fb5a-7000-953c-7a9e5ff6a088");

redemption_snapshot in_state(state s, bool replayed = false) {
    return {.record = support::sample_record(s), .replayed = replayed, .ask_again = seconds(4)};
}

// Nothing for a field that is not there.
std::string field(const net::http_response& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or(""));
}

redemption_snapshot overtaken() {
    auto now = in_state(state::failed);
    now.record.error = redemption::error_info{
        .source = redemption::error_source::caller,
        .detail = base::fixed_text("the total would fall: 5 was confirmed"),
        .said = {},
        .kind = redemption::error_kind::total_would_fall,
    };
    return now;
}

struct answer_row {
    const char* name;
    redemption::submit_outcome outcome;
    unsigned status;
    std::string location;
    std::string retry_after;
    std::string inside;  // what the body contains
};

// docs/api.md, Answers by outcome.
TEST(SubmitAnswer, FollowsTheStatusTable) {
    const answer_row rows[] = {
        {"succeeded", in_state(state::succeeded), 200, "", "", R"("state":"succeeded")"},
        {"pending", in_state(state::pending), 202, path, "4", R"("state":"pending")"},
        {"unknown", in_state(state::unknown), 202, path, "", R"("state":"unknown")"},
        {"rejected", in_state(state::rejected), 422, "", "", ":problem:rejected\""},
        {"failed", in_state(state::failed), 503, "", "4", ":problem:failed\""},
        {"key reused",
         redemption::key_reused{some_id},
         422,
         "",
         "",
         ":problem:idempotency-key-reused\""},
        {"natural key in use",
         redemption::natural_key_in_use{some_id},
         409,
         path,
         "",
         ":problem:natural-key-in-use\""},
        {"natural key in use, by what the asker may not read",
         redemption::natural_key_in_use{},
         409,
         "",
         "",
         "succeeded or unknown\",\"source\""},
        {"total falls", redemption::total_falls{7, some_id, true}, 409, "", "", "may have been"},
        {"total falls below another one's",
         redemption::total_falls{7, some_id},
         409,
         "",
         "",
         R"("instance":")" + path + '"'},
        {"total falls", redemption::total_falls{7}, 409, "", "", ":problem:total-would-fall\""},
        {"total was overtaken", overtaken(), 409, "", "", ":problem:total-would-fall\""},
        {"failed without its account",
         redemption::account_not_configured{in_state(state::failed).record},
         409,
         "",
         "",
         ":problem:account-not-configured\""},
        {"acceptance pending",
         redemption::acceptance_pending{seconds(1)},
         503,
         "",
         "1",
         ":problem:acceptance-pending\""},
        {"draining",
         redemption::unavailable{
             redemption::unavailable::why::draining, base::fixed_text("stopping"), seconds(2)
         },
         503,
         "",
         "2",
         ":problem:draining\""},
        {"saturated",
         redemption::unavailable{
             redemption::unavailable::why::saturated, base::fixed_text("full"), seconds(3)
         },
         503,
         "",
         "3",
         ":problem:saturated\""},
        {"journal",
         redemption::unavailable{
             redemption::unavailable::why::journal, base::fixed_text("disk full"), seconds(1)
         },
         503,
         "",
         "1",
         "disk full"},
        {"journal, by its file",
         redemption::unavailable{
             redemption::unavailable::why::journal,
             base::fixed_text("journal /var/lib/my journal/j.db: another gateway uses it"),
             seconds(1)
         },
         503,
         "",
         "1",
         "\"detail\":\"journal: another gateway uses it\""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto response = answer(row.outcome, {}, kept);
        EXPECT_EQ(response.status, row.status);
        EXPECT_EQ(field(response, "Location"), row.location);
        EXPECT_EQ(field(response, "Retry-After"), row.retry_after);
        EXPECT_NE(response.body.find(row.inside), std::string::npos) << response.body;
        EXPECT_EQ(field(response, "Idempotent-Replayed"), "");
    }
}

TEST(SubmitAnswer, SaysWhenItIsAnEarlierOne) {
    for (const auto s : {state::succeeded, state::rejected}) {
        EXPECT_EQ(
            field(
                answer(redemption::submit_outcome(in_state(s, true)), {}, kept),
                "Idempotent-Replayed"
            ),
            "true"
        );
    }
}

TEST(SubmitAnswer, NamesThePreferenceItFollowed) {
    const auto preference = read_prefer("respond-async, wait=2");
    const redemption::submit_outcome pending = in_state(state::pending);
    EXPECT_EQ(
        field(answer(pending, preference, kept), "Preference-Applied"), "respond-async, wait=2"
    );
    EXPECT_EQ(field(answer(pending, {}, kept), "Preference-Applied"), "");
    const redemption::submit_outcome done = in_state(state::succeeded);
    EXPECT_EQ(field(answer(done, preference, kept), "Preference-Applied"), "");
}

TEST(SubmitAnswer, EmbedsARedemptionThatWillNotBe) {
    for (const auto& ended : {in_state(state::rejected), in_state(state::failed), overtaken()}) {
        const auto response = answer(redemption::submit_outcome(ended), {}, kept);
        EXPECT_NE(response.body.find(R"("redemption":{"id":)"), std::string::npos);
        EXPECT_NE(response.body.find("\"instance\":\"" + path), std::string::npos);
    }
    const auto response = answer(redemption::submit_outcome(overtaken()), {}, kept);
    EXPECT_NE(response.body.find(R"("source":"caller")"), std::string::npos);
    EXPECT_NE(response.body.find("the total would fall: 5 was confirmed"), std::string::npos);
}

TEST(FindAnswer, Is200InEveryState) {
    for (const auto s :
         {state::pending, state::succeeded, state::rejected, state::failed, state::unknown}) {
        SCOPED_TRACE(redemption::to_string(s));
        const auto response = answer(redemption::find_outcome(in_state(s)), {}, kept);
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(field(response, "Retry-After"), s == state::pending ? "4" : "");
    }
    EXPECT_EQ(answer(redemption::find_outcome(redemption::not_found{}), {}, kept).status, 404U);
}

TEST(OperateAnswer, IsTheRedemptionOrWhyNot) {
    using redemption::operate_outcome;
    EXPECT_EQ(
        answer(operate_outcome(in_state(state::rejected)), operators_action::resolve, kept).status,
        200U
    );
    const auto again =
        answer(operate_outcome(in_state(state::pending)), operators_action::retry, kept);
    EXPECT_EQ(again.status, 202U);
    EXPECT_EQ(field(again, "Location"), path);
    EXPECT_EQ(
        answer(operate_outcome(redemption::not_found{}), operators_action::retry, kept).status, 404U
    );
    const redemption::not_allowed_now no{
        support::sample_record(state::succeeded), base::fixed_text("it is final")
    };
    const auto refused = answer(operate_outcome(no), operators_action::resolve, kept);
    EXPECT_EQ(refused.status, 409U);
    EXPECT_NE(refused.body.find("it is final"), std::string::npos);
}

// A retry that was recorded since may have been sent, and have made it unknown again.
TEST(OperateAnswer, AsksForAnotherRetryOnlyAfterALook) {
    const redemption::operate_outcome waits = redemption::acceptance_pending{seconds(1)};
    const auto resolve = answer(waits, operators_action::resolve, kept);
    EXPECT_EQ(resolve.status, 503U);
    EXPECT_NE(resolve.body.find("repeat the same request"), std::string::npos);
    EXPECT_NE(resolve.body.find(R"("safe_to_retry":true)"), std::string::npos);
    const auto retry = answer(waits, operators_action::retry, kept);
    EXPECT_EQ(retry.status, 503U);
    EXPECT_EQ(field(retry, "Retry-After"), "1");
    EXPECT_NE(retry.body.find("read the redemption before you repeat it"), std::string::npos);
    EXPECT_NE(retry.body.find(R"("safe_to_retry":false)"), std::string::npos);
}

}  // namespace
}  // namespace gateway::handlers
