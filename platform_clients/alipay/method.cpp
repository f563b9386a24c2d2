#include "platform_clients/alipay/method.hpp"

#include <algorithm>
#include <variant>

#include "platform_clients/alipay/outcome.hpp"

namespace gateway::alipay {
namespace {

using redemption::attempt_outcome;
using redemption::verdict;

attempt_outcome judge_success(
    const client_method& method,
    const node_content& node,
    bool ambiguous_before,
    const base::masker& secrets
) {
    auto outcome = outcome_of_error(node, meaning::ambiguous, secrets);
    if (node.error_response) {
        outcome.detail = "Alipay answered code 10000 in an error_response";
        return outcome;
    }
    if (!node.sub_code.empty()) {
        outcome.detail = "Alipay answered success with a sub_code";
        return outcome;
    }
    auto reading = method.read_success(node.members, ambiguous_before);
    outcome.verdict = reading.verdict;
    outcome.detail = reading.verdict == verdict::executed
                         ? base::fixed_text("Alipay confirmed the redemption")
                         : reading.detail;
    outcome.result = std::move(reading.result);
    return outcome;
}

// An error that holds what only a success has says two things at once and proves neither.
bool holds_a_result(const client_method& method, const node_content& error, bool ambiguous_before) {
    return method.read_success(error.members, ambiguous_before).verdict == verdict::executed;
}

attempt_outcome contradiction(const node_content& error, const base::masker& secrets) {
    auto outcome = outcome_of_error(error, meaning::ambiguous, secrets);
    outcome.detail = "Alipay's answer holds an error and a result";
    return outcome;
}

}  // namespace

std::string client_method::response_node() const {
    std::string node(name());
    std::replace(node.begin(), node.end(), '.', '_');
    return node + "_response";
}

bool client_method::is_success(const node_content& node) const noexcept {
    return node.code == "10000";
}

std::optional<base::redacted_text> why_not_trusted(
    const client_method& method, const answer& what
) {
    if (const auto* malformed = std::get_if<malformed_answer>(&what)) {
        return malformed->reason;
    }
    if (const auto* rejected = std::get_if<rejected_answer>(&what)) {
        return rejected->reason;
    }
    const auto* hint = std::get_if<unsigned_answer>(&what);
    if (hint && method.is_success(hint->node)) {
        return base::fixed_text("the answer claims success without a signature");
    }
    return std::nullopt;
}

attempt_outcome judge(
    const client_method& method,
    const answer& what,
    bool ambiguous_before,
    const base::masker& secrets
) {
    if (const auto reason = why_not_trusted(method, what)) {
        return outcome_of_unusable(*reason);
    }
    const auto* hint = std::get_if<unsigned_answer>(&what);
    const auto& said = hint ? hint->node : std::get<verified_answer>(what).node;
    if (!method.is_success(said) && holds_a_result(method, said, ambiguous_before)) {
        return contradiction(said, secrets);
    }
    if (hint) {
        return outcome_of_unsigned(hint->node, method.business_codes(), secrets);
    }
    if (method.is_success(said)) {
        return judge_success(method, said, ambiguous_before, secrets);
    }
    return outcome_of_error(said, meaning_of(said, method.business_codes()), secrets);
}

}  // namespace gateway::alipay
