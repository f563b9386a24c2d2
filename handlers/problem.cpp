#include "handlers/problem.hpp"

#include "handlers/redemption_json.hpp"
#include "text/json_writer.hpp"

namespace gateway::handlers {
namespace {

using redemption::error_source;

constexpr std::string_view type_prefix = "urn:redemption-gateway:problem:";

// No title may sound as if an earlier request with the same key had not happened.
constexpr problem_row rows[] = {
    // clang-format off
    {problem_kind::malformed_request, "malformed-request", "The request is not well-formed HTTP", 400, error_source::caller, true},
    {problem_kind::malformed_json, "malformed-json", "The body is not JSON", 400, error_source::caller, true},
    {problem_kind::invalid_request, "invalid-request", "The request is not valid", 400, error_source::caller, true},
    {problem_kind::idempotency_key_missing, "idempotency-key-missing", "Idempotency-Key is required", 400, error_source::caller, true},
    {problem_kind::idempotency_key_invalid, "idempotency-key-invalid", "Idempotency-Key is not valid", 400, error_source::caller, true},
    {problem_kind::unauthorized, "unauthorized", "Credentials are required", 401, error_source::caller, true},
    {problem_kind::forbidden, "forbidden", "The caller may not do this", 403, error_source::caller, true},
    {problem_kind::no_such_resource, "not-found", "There is no such resource", 404, error_source::caller, true},
    {problem_kind::no_such_redemption, "no-such-redemption", "There is no such redemption", 404, error_source::caller, true},
    {problem_kind::method_not_allowed, "method-not-allowed", "The resource does not know this method", 405, error_source::caller, true},
    {problem_kind::request_timeout, "request-timeout", "The request did not arrive in time", 408, error_source::caller, true},
    {problem_kind::natural_key_in_use, "natural-key-in-use", "Another redemption uses the natural key", 409, error_source::caller, true},
    {problem_kind::total_would_fall, "total-would-fall", "The running total would fall", 409, error_source::caller, true},
    {problem_kind::account_not_configured, "account-not-configured", "The redemption failed and its account is not configured any more", 409, error_source::gateway, true},
    {problem_kind::not_allowed_now, "not-allowed-now", "The redemption's state does not permit this", 409, error_source::caller, true},
    {problem_kind::body_too_large, "body-too-large", "The body is too large", 413, error_source::caller, true},
    {problem_kind::unsupported_media_type, "unsupported-media-type", "The body must be application/json without a content coding", 415, error_source::caller, true},
    {problem_kind::idempotency_key_reused, "idempotency-key-reused", "Idempotency-Key came with another body before", 422, error_source::caller, true},
    {problem_kind::rejected, "rejected", "The redemption is rejected for good; nothing was redeemed", 422, error_source::platform, true},
    {problem_kind::too_many_requests, "too-many-requests", "Too many requests", 429, error_source::caller, true},
    {problem_kind::header_too_large, "header-too-large", "The request header is too large", 431, error_source::caller, true},
    {problem_kind::internal_error, "internal-error", "A fault inside the gateway", 500, error_source::gateway, true},
    {problem_kind::not_implemented, "not-implemented", "The request needs what the gateway does not have", 501, error_source::caller, true},
    {problem_kind::failed, "failed", "The redemption was given up, and is proven not to have happened", 503, error_source::gateway, true},
    {problem_kind::journal_unavailable, "journal-unavailable", "The journal cannot be used just now; this request was not taken", 503, error_source::gateway, true},
    {problem_kind::acceptance_pending, "acceptance-pending", "The journal has not answered yet; what it was asked to take may still happen", 503, error_source::gateway, true},
    {problem_kind::draining, "draining", "The gateway is stopping; this request was not taken", 503, error_source::gateway, true},
    {problem_kind::saturated, "saturated", "The gateway is saturated; this request was not taken", 503, error_source::gateway, true},
    {problem_kind::version_not_supported, "version-not-supported", "The HTTP version is not supported", 505, error_source::caller, true},
    // clang-format on
};

void write_errors(text::json_writer& out, const problem& what) {
    if (what.errors.empty() && what.query_errors.empty()) {
        return;
    }
    out.begin_array("errors");
    for (const auto& error : what.errors) {
        out.begin_object();
        out.text("pointer", error.pointer);
        out.text("detail", error.detail);
        out.end_object();
    }
    for (const auto& error : what.query_errors) {
        out.begin_object();
        out.text("parameter", error.parameter);
        out.text("detail", error.detail);
        out.end_object();
    }
    out.end_array();
    if (what.errors.omitted() > 0) {
        out.number("errors_omitted", static_cast<std::int64_t>(what.errors.omitted()));
    }
}

// Code, sub_code and message as the platform gave them, when it answered.
void write_platform_answer(text::json_writer& out, const redemption::error_info& error) {
    if (error.source != error_source::platform) {
        return;
    }
    out.text_or_null("code", error.said.code);
    out.text_or_null("sub_code", error.said.sub_code);
    out.text_or_null("message", error.said.message);
}

std::string body_of(const problem& what, const problem_row& row) {
    const bool told = what.redemption && what.redemption->error &&
                      what.kind != problem_kind::account_not_configured;
    const auto* error = told ? &*what.redemption->error : nullptr;
    text::json_writer out;
    out.begin_object();
    out.text("type", std::string(type_prefix) + std::string(row.slug));
    out.text("title", row.title);
    out.number("status", row.status);
    out.text("detail", what.detail.empty() ? row.title : std::string_view(what.detail));
    if (!what.instance.empty()) {
        out.text("instance", what.instance);
    }
    out.text("source", redemption::to_string(error ? error->source : row.source));
    out.boolean("safe_to_retry", what.safe_to_retry.value_or(row.safe_to_retry));
    if (error) {
        write_platform_answer(out, *error);
    }
    write_errors(out, what);
    if (what.redemption) {
        out.raw("redemption", to_json(*what.redemption, what.retention));
    }
    out.end_object();
    return out.str();
}

}  // namespace

const problem_row& row_of(problem_kind kind) noexcept {
    for (const auto& row : rows) {
        if (row.kind == kind) {
            return row;
        }
    }
    return row_of(problem_kind::internal_error);
}

std::span<const problem_row> all_problems() noexcept {
    return rows;
}

net::http_response to_response(const problem& what) {
    const auto& row = row_of(what.kind);
    net::http_response response;
    response.status = row.status;
    response.headers = what.headers;
    response.headers.add("Content-Type", "application/problem+json");
    if (what.retry_after) {
        response.headers.add("Retry-After", std::to_string(what.retry_after->count()));
    }
    response.body = body_of(what, row);
    return response;
}

void add_request_id(net::http_response& response, std::string_view id) {
    response.headers.add("X-Request-Id", id);
    const bool is_problem = response.headers.find("Content-Type") == "application/problem+json";
    if (is_problem && response.body.ends_with('}')) {
        text::json_writer member;
        member.begin_object();
        member.text("request_id", id);
        member.end_object();
        // {"type":…} and {"request_id":…} become one object.
        response.body.back() = ',';
        response.body += std::string_view(member.str()).substr(1);
    }
}

}  // namespace gateway::handlers
