#include "handlers/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <set>

#include "net/http_server.hpp"
#include "redemption/journal.hpp"
#include "redemption/service.hpp"
#include "tests/handlers/fake_core.hpp"
#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

namespace json = boost::json;

json::object body_of(const problem& what) {
    const auto response = to_response(what);
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
    auto parsed = text::parse_strict(response.body);
    EXPECT_TRUE(parsed) << response.body;
    return parsed ? parsed->as_object() : json::object();
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : "(no text)";
}

TEST(Problem, EveryKindHasItsOwnRow) {
    std::set<std::string_view> slugs;
    for (const auto& row : all_problems()) {
        EXPECT_EQ(&row_of(row.kind), &row) << row.slug;
        EXPECT_TRUE(slugs.insert(row.slug).second) << row.slug;
        EXPECT_FALSE(row.title.empty()) << row.slug;
    }
}

// docs/api.md, Problems.
TEST(Problem, HasTheDocumentedStatusAndSource) {
    using enum problem_kind;
    struct row {
        problem_kind kind;
        const char* slug;
        unsigned status;
        const char* source;
    };
    const row rows[] = {
        {malformed_json, "malformed-json", 400, "caller"},
        {invalid_request, "invalid-request", 400, "caller"},
        {idempotency_key_missing, "idempotency-key-missing", 400, "caller"},
        {unauthorized, "unauthorized", 401, "caller"},
        {forbidden, "forbidden", 403, "caller"},
        {natural_key_in_use, "natural-key-in-use", 409, "caller"},
        {total_would_fall, "total-would-fall", 409, "caller"},
        {body_too_large, "body-too-large", 413, "caller"},
        {unsupported_media_type, "unsupported-media-type", 415, "caller"},
        {idempotency_key_reused, "idempotency-key-reused", 422, "caller"},
        {rejected, "rejected", 422, "platform"},
        {too_many_requests, "too-many-requests", 429, "caller"},
        {header_too_large, "header-too-large", 431, "caller"},
        {failed, "failed", 503, "gateway"},
        {journal_unavailable, "journal-unavailable", 503, "gateway"},
        {draining, "draining", 503, "gateway"},
        {saturated, "saturated", 503, "gateway"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.slug);
        problem what;
        what.kind = row.kind;
        EXPECT_EQ(to_response(what).status, row.status);
        const auto body = body_of(what);
        EXPECT_EQ(text_of(body, "type"), std::string("urn:redemption-gateway:problem:") + row.slug);
        EXPECT_EQ(text_of(body, "source"), row.source);
        EXPECT_TRUE(body.at("safe_to_retry").as_bool());
        EXPECT_EQ(body.at("status").as_int64(), row.status);
        EXPECT_NE(text_of(body, "detail"), "");
    }
}

// The words of a refusal hold no text that came at run time, as the compiler sees it.
template <class Detail>
constexpr bool takes_no_other_text =
    !std::is_assignable_v<Detail&, std::string> &&
    !std::is_assignable_v<Detail&, std::string_view> && !std::is_assignable_v<Detail&, const char*>;
static_assert(takes_no_other_text<decltype(problem::detail)>);
static_assert(takes_no_other_text<decltype(query_fault::detail)>);
static_assert(takes_no_other_text<decltype(redemption::param_fault::detail)>);
static_assert(takes_no_other_text<decltype(redemption::unavailable::detail)>);
static_assert(takes_no_other_text<decltype(redemption::not_allowed_now::detail)>);
static_assert(takes_no_other_text<decltype(redemption::journal_error::reason)>);
static_assert(takes_no_other_text<decltype(redemption::error_info::detail)>);
static_assert(takes_no_other_text<decltype(net::request_fault::detail)>);

TEST(Problem, ListsFaultsOfBodyAndQuery) {
    problem what;
    what.kind = problem_kind::invalid_request;
    what.errors = {{"/params/a~1b", base::fixed_text("is \"bad\"")}};
    what.query_errors = {{"limit", "is too large"}};
    const auto body = body_of(what);
    const auto& errors = body.at("errors").as_array();
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(text_of(errors[0].as_object(), "pointer"), "/params/a~1b");
    EXPECT_EQ(text_of(errors[0].as_object(), "detail"), "is \"bad\"");
    EXPECT_EQ(text_of(errors[1].as_object(), "parameter"), "limit");
}

TEST(Problem, CountsTheFaultsThatItDoesNotList) {
    problem what;
    what.kind = problem_kind::invalid_request;
    for (int i = 0; i < 117; ++i) {
        what.errors.push_back({"/" + std::to_string(i), base::fixed_text("is not a known member")});
    }
    const auto body = body_of(what);
    EXPECT_EQ(body.at("errors").as_array().size(), 100U);
    EXPECT_EQ(body.at("errors_omitted").as_int64(), 17);
}

TEST(Problem, NamesItsRequest) {
    problem what;
    what.kind = problem_kind::saturated;
    auto response = to_response(what);
    add_request_id(response, "r\"1");
    EXPECT_EQ(response.headers.find("X-Request-Id"), "r\"1");
    const auto body = text::parse_strict(response.body)->as_object();
    EXPECT_EQ(text_of(body, "request_id"), "r\"1");
    EXPECT_EQ(text_of(body, "source"), "gateway");
    net::http_response other;
    other.body = "{}";
    add_request_id(other, "r");
    EXPECT_EQ(other.body, "{}");
    EXPECT_EQ(other.headers.find("X-Request-Id"), "r");
}

// The same text answers the repetition of a key that was sent and executed.
TEST(Problem, NoTitleSoundsAsIfNothingHadHappened) {
    for (const auto& row : all_problems()) {
        EXPECT_EQ(row.title.find("nothing was sent"), std::string_view::npos) << row.slug;
        EXPECT_TRUE(row.safe_to_retry) << row.slug;
    }
}

TEST(Problem, CarriesThePlatformsWordsAndTheRedemption) {
    problem what;
    what.kind = problem_kind::rejected;
    what.redemption = support::sample_record(redemption::state::rejected);
    auto& error = what.redemption->error.emplace();
    error.source = redemption::error_source::platform;
    error.said.code = base::fixed_text("40004");
    error.said.sub_code = base::fixed_text("VOUCHER_HAS_EXPIRED");
    error.said.message = base::fixed_text("已过期");
    const auto body = body_of(what);
    EXPECT_EQ(text_of(body, "code"), "40004");
    EXPECT_EQ(text_of(body, "sub_code"), "VOUCHER_HAS_EXPIRED");
    EXPECT_EQ(text_of(body, "message"), "已过期");
    EXPECT_EQ(text_of(body.at("redemption").as_object(), "state"), "rejected");
}

TEST(Problem, NamesTheSourceOfTheError) {
    problem what;
    what.kind = problem_kind::failed;
    what.redemption = support::sample_record(redemption::state::failed);
    what.redemption->error = redemption::error_info{
        redemption::error_source::network, base::fixed_text("no connection"), {}
    };
    const auto body = body_of(what);
    EXPECT_EQ(text_of(body, "source"), "network");
    EXPECT_FALSE(body.contains("code"));
}

TEST(Problem, TellsAnOperatorsDecisionAsNobodyElses) {
    problem what;
    what.kind = problem_kind::rejected;
    what.redemption = support::sample_record(redemption::state::rejected);
    what.redemption->error = redemption::error_info{
        redemption::error_source::operators, base::fixed_text("an operator decided"), {}
    };
    const auto body = body_of(what);
    EXPECT_EQ(text_of(body, "source"), "operator");
    EXPECT_FALSE(body.contains("message"));
    for (const auto* member : {"title", "detail"}) {
        EXPECT_EQ(text_of(body, member).find("platform"), std::string::npos) << member;
    }
    const auto& error = body.at("redemption").as_object().at("error").as_object();
    EXPECT_EQ(text_of(error, "source"), "operator");
}

TEST(Problem, SaysWhenToComeBack) {
    problem what;
    what.kind = problem_kind::saturated;
    what.retry_after = std::chrono::seconds(3);
    what.headers.add("Location", "/x");
    const auto response = to_response(what);
    EXPECT_EQ(response.headers.find("Retry-After"), "3");
    EXPECT_EQ(response.headers.find("Location"), "/x");
}

}  // namespace
}  // namespace gateway::handlers
