#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/redacted_text.hpp"
#include "net/http_message.hpp"
#include "redemption/model.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::handlers {

// Every refusal (docs/api.md, Problems). The table in problem.cpp gives each its type, title,
// status and source.
enum class problem_kind {
    malformed_request,
    malformed_json,
    invalid_request,
    idempotency_key_missing,
    idempotency_key_invalid,
    unauthorized,
    forbidden,
    no_such_resource,
    no_such_redemption,
    method_not_allowed,
    request_timeout,
    natural_key_in_use,
    total_would_fall,
    account_not_configured,
    not_allowed_now,
    body_too_large,
    unsupported_media_type,
    idempotency_key_reused,
    rejected,
    too_many_requests,
    header_too_large,
    internal_error,
    not_implemented,
    failed,
    journal_unavailable,
    acceptance_pending,
    draining,
    saturated,
    version_not_supported,
};

struct problem_row {
    problem_kind kind;
    std::string_view slug;  // the end of `type`
    std::string_view title;
    unsigned status;
    redemption::error_source source;
    bool safe_to_retry;  // the same request with the same key can't redeem twice
};

const problem_row& row_of(problem_kind kind) noexcept;
std::span<const problem_row> all_problems() noexcept;

// One thing wrong in the query.
struct query_fault {
    std::string parameter;
    base::fixed_text detail;
};

// One answer of RFC 9457, its optional members empty where they say nothing.
struct problem {
    problem_kind kind = problem_kind::internal_error;
    base::redacted_text detail;  // one sentence; never a parameter's value
    std::string instance;        // the redemption's path
    text::fault_list errors;
    std::vector<query_fault> query_errors;
    std::optional<redemption::record> redemption;  // embedded; its error gives source and codes
    std::optional<std::chrono::seconds> retry_after;
    std::optional<bool> safe_to_retry;  // where it is not the table's
    std::chrono::hours retention{0};    // of the embedded redemption
    net::header_list headers;           // more header fields of the answer
};

net::http_response to_response(const problem& what);

// Names the request in the answer: X-Request-Id, and the member `request_id` of a problem.
void add_request_id(net::http_response& response, std::string_view id);

}  // namespace gateway::handlers
