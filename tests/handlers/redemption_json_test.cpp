#include "handlers/redemption_json.hpp"

#include <gtest/gtest.h>

#include "handlers/redemption_path.hpp"
#include "tests/handlers/fake_core.hpp"
#include "text/json_writer.hpp"

namespace gateway::handlers {
namespace {

using redemption::state;
using redemption::time_point;
using std::chrono::milliseconds;

TEST(RedemptionPath, TakesUuidsOnly) {
    const auto id = read_id("01A2016F-FB5A-7000-953C-7A9E5FF6A088");
    ASSERT_TRUE(id);
    EXPECT_EQ(path_of(*id), "/v1/redemptions/01a2016f-fb5a-7000-953c-7a9e5ff6a088");
    for (const char* text :
         {"",
          "x",
          "01a2016f-fb5a-7000-953c-7a9e5ff6a08",
          "01a2016f-fb5a-7000-953c-7a9e5ff6a0888",
          "01a2016f_fb5a-7000-953c-7a9e5ff6a088",
          "01a2016f-fb5a-7000-953c-7a9e5ff6a08g"}) {
        EXPECT_EQ(read_id(text), std::nullopt) << text;
    }
}

TEST(RedemptionJson, IsWhatTheContractShows) {
    auto what = support::sample_record(state::succeeded);
    auto& attempt = what.attempts.front();
    attempt.finished_at = what.updated_at;
    attempt.phase = redemption::phase::answered;
    attempt.verdict = redemption::verdict::executed;
    attempt.detail = "confirmed";
    attempt.said.code = base::fixed_text("10000");
    attempt.said.message = base::fixed_text("Success");
    attempt.said.platform_request_id = base::fixed_text("r-1");
    what.result = R"({"voucher_id":"0156"})";
    EXPECT_EQ(
        to_json(what, std::chrono::hours(24)),
        R"({"id":"01a2016f-fb5a-7000-953c-7a9e5ff6a088","state":"succeeded","method":"shop.use",)"
        R"("account":"shop-a","idempotency_key":"key-1","natural_key":"n-1",)"
        R"("created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.679Z",)"
        R"("expires_at":"2026-01-02T03:05:05.678Z",)"
        R"("idempotency_key_expires_at":"2026-01-03T03:04:05.679Z","attempts":[{"number":1,)"
        R"("started_at":"2026-01-02T03:04:05.678Z","finished_at":"2026-01-02T03:04:05.679Z",)"
        R"("phase":"answered","verdict":"executed","detail":"confirmed","code":"10000",)"
        R"("sub_code":null,)"
        R"("message":"Success","platform_request_id":"r-1"}],"result":{"voucher_id":"0156"},)"
        R"("error":null,"safe_to_retry":true})"
    );
}

TEST(RedemptionJson, ShowsWhatIsNotKnownYetAsNull) {
    auto what = support::sample_record(state::pending);
    what.natural.reset();
    const auto json = to_json(what, std::chrono::hours(24));
    for (const char* part :
         {R"("natural_key":null)",
          R"("finished_at":null)",
          R"("phase":null)",
          R"("verdict":null)",
          R"("detail":null)",
          R"("idempotency_key_expires_at":null)",
          R"("result":null)",
          R"("error":null)"}) {
        EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
    }
}

TEST(RedemptionJson, NeverShowsParameters) {
    for (const auto s : {state::pending, state::succeeded, state::failed, state::unknown}) {
        EXPECT_EQ(
            to_json(support::sample_record(s), std::chrono::hours(24)).find("secret-code"),
            std::string::npos
        );
    }
}

TEST(RedemptionJson, TellsWhyAndWhatOperatorsDid) {
    auto what = support::sample_record(state::rejected);
    what.error.emplace();
    what.error->source = redemption::error_source::platform;
    what.error->detail = "expired";
    what.error->said.code = base::fixed_text("40004");
    what.error->said.sub_code = base::fixed_text("X");
    what.history.push_back(
        {what.created_at, "ops", "resolve", "checked \"by hand\"", state::unknown, state::rejected}
    );
    const auto json = to_json(what, std::chrono::hours(24));
    EXPECT_NE(
        json.find(R"("error":{"source":"platform","detail":"expired","code":"40004",)"
                  R"("sub_code":"X","message":null})"),
        std::string::npos
    ) << json;
    EXPECT_NE(
        json.find(R"("history":[{"at":"2026-01-02T03:04:05.678Z","who":"ops","action":"resolve",)"
                  R"("note":"checked \"by hand\"","from":"unknown","to":"rejected"}])"),
        std::string::npos
    ) << json;
}

}  // namespace
}  // namespace gateway::handlers
