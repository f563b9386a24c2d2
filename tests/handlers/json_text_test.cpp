#include <gtest/gtest.h>

#include "handlers/redemption_json.hpp"
#include "handlers/redemption_path.hpp"
#include "tests/handlers/fake_core.hpp"
#include "text/json_writer.hpp"
#include "text/query_string.hpp"
#include "text/sha256.hpp"
#include "text/timestamp.hpp"

namespace gateway::handlers {
namespace {

using redemption::state;
using redemption::time_point;
using std::chrono::milliseconds;

TEST(JsonWriter, EscapesAndMendsText) {
    struct row {
        const char* name;
        std::string value;
        std::string json;
    };
    const row rows[] = {
        {"plain", "abc", R"("abc")"},
        {"quotes and backslashes", R"(a"b\c)", R"("a\"b\\c")"},
        {"line breaks", "a\r\n\tb", R"("a\r\n\tb")"},
        {"control characters", std::string("\x00\x1F\x7F", 3), R"("\u0000\u001f\u007f")"},
        {"Chinese and emoji", "操作成功😀", "\"操作成功😀\""},
        {"a lone continuation byte", "a\x80z", "\"a\xEF\xBF\xBDz\""},
        {"a character cut short", "a\xE6\x93", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"an overlong slash", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"a surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        std::string out;
        text::append_json_string(out, row.value);
        EXPECT_EQ(out, row.json);
    }
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    text::json_writer out;
    out.begin_object();
    out.begin_array("empty");
    out.end_array();
    out.begin_array("two");
    out.text_element("[");
    out.text_element("{");
    out.end_array();
    out.begin_object("inner");
    out.number("n", -5);
    out.boolean("b", false);
    out.end_object();
    out.raw("raw", "{\"a\":1}");
    out.raw("nothing", "");
    out.end_object();
    EXPECT_EQ(
        out.str(),
        R"({"empty":[],"two":["[","{"],"inner":{"n":-5,"b":false},"raw":{"a":1},"nothing":null})"
    );
}

TEST(Timestamp, IsRfc3339WithMilliseconds) {
    EXPECT_EQ(
        text::to_rfc3339(time_point(milliseconds(1'767'323'045'678))), "2026-01-02T03:04:05.678Z"
    );
    EXPECT_EQ(text::to_rfc3339(time_point(milliseconds(0))), "1970-01-01T00:00:00.000Z");
}

TEST(Timestamp, ReadsAnyOffsetAndFraction) {
    const time_point expected(milliseconds(1'767'323'045'600));
    for (const char* text :
         {"2026-01-02T03:04:05.6Z",
          "2026-01-02t03:04:05.600999z",
          "2026-01-02T11:04:05.6+08:00",
          "2026-01-01T22:34:05.6-04:30"}) {
        EXPECT_EQ(text::from_rfc3339(text), expected) << text;
    }
}

TEST(Timestamp, RefusesWhatIsNoTime) {
    for (const char* text :
         {"",
          "2026-01-02",
          "2026-01-02T03:04:05",
          "2026-01-02 03:04:05Z",
          "2026-02-30T00:00:00Z",
          "2026-01-02T24:00:00Z",
          "2026-01-02T03:60:05Z",
          "2026-01-02T03:04:60Z",
          "2026-01-02T03:04:05.Z",
          "2026-01-02T03:04:05Zx",
          "2026-01-02T03:04:05+0800",
          "2026-01-02T03:04:05+24:00",
          "1969-12-31T23:59:59Z",
          "20260102T030405Z",
          "2026-01-02T03:04:05,5Z",
          "2026-1-02T03:04:05Z"}) {
        EXPECT_EQ(text::from_rfc3339(text), std::nullopt) << text;
    }
}

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

TEST(QueryString, DecodesEscapesAndKeepsThePlus) {
    const auto got = text::read_query("a=%31%20&&b=1+2&c&d=x=y");
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 4U);
    EXPECT_EQ((*got)[0].value, "1 ");
    EXPECT_EQ((*got)[1].value, "1+2");
    EXPECT_EQ((*got)[2].name, "c");
    EXPECT_EQ((*got)[2].value, "");
    EXPECT_EQ((*got)[3].value, "x=y");
    for (const char* text : {"a=%", "a=%1", "a=%zz", "%=1"}) {
        EXPECT_FALSE(text::read_query(text)) << text;
    }
}

TEST(Sha256, IsTheStandards) {
    const auto digest = text::sha256("abc");  // FIPS 180-4, example B.1
    EXPECT_EQ(digest[0], 0xBA);
    EXPECT_EQ(digest[31], 0xAD);
}

TEST(RedemptionJson, IsWhatTheContractShows) {
    auto what = support::sample_record(state::succeeded);
    auto& attempt = what.attempts.front();
    attempt.finished_at = what.updated_at;
    attempt.phase = redemption::phase::answered;
    attempt.verdict = redemption::verdict::executed;
    attempt.said.code = "10000";
    attempt.said.message = "Success";
    attempt.said.platform_request_id = "r-1";
    what.result = R"({"voucher_id":"0156"})";
    EXPECT_EQ(
        to_json(what),
        R"({"id":"01a2016f-fb5a-7000-953c-7a9e5ff6a088","state":"succeeded","method":"shop.use",)"
        R"("account":"shop-a","idempotency_key":"key-1","natural_key":"n-1",)"
        R"("created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.679Z",)"
        R"("expires_at":"2026-01-02T03:05:05.678Z","attempts":[{"number":1,)"
        R"("started_at":"2026-01-02T03:04:05.678Z","finished_at":"2026-01-02T03:04:05.679Z",)"
        R"("phase":"answered","verdict":"executed","code":"10000","sub_code":null,)"
        R"("message":"Success","platform_request_id":"r-1"}],"result":{"voucher_id":"0156"},)"
        R"("error":null,"safe_to_retry":true})"
    );
}

TEST(RedemptionJson, ShowsWhatIsNotKnownYetAsNull) {
    auto what = support::sample_record(state::pending);
    what.natural.reset();
    const auto json = to_json(what);
    for (const char* part :
         {R"("natural_key":null)",
          R"("finished_at":null)",
          R"("phase":null)",
          R"("verdict":null)",
          R"("result":null)",
          R"("error":null)"}) {
        EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
    }
}

TEST(RedemptionJson, NeverShowsParameters) {
    for (const auto s : {state::pending, state::succeeded, state::failed, state::unknown}) {
        EXPECT_EQ(to_json(support::sample_record(s)).find("secret-code"), std::string::npos);
    }
}

TEST(RedemptionJson, TellsWhyAndWhatOperatorsDid) {
    auto what = support::sample_record(state::rejected);
    what.error.emplace();
    what.error->source = redemption::error_source::platform;
    what.error->detail = "expired";
    what.error->said.code = "40004";
    what.error->said.sub_code = "X";
    what.history.push_back(
        {what.created_at, "ops", "resolve", "checked \"by hand\"", state::unknown, state::rejected}
    );
    const auto json = to_json(what);
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
