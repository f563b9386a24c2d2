#include "platform_clients/taobao/method.hpp"

#include <variant>

#include "platform_clients/taobao/outcome.hpp"

namespace gateway::taobao {

redemption::attempt_outcome client_method::judge_error(
    const error_answer& error, bool ambiguous_before, const base::masker& secrets
) const {
    return error_outcome(error, business_codes(), ambiguous_before, secrets);
}

redemption::attempt_outcome judge(
    const client_method& method,
    const answer& what,
    bool ambiguous_before,
    const base::masker& secrets
) {
    if (const auto* error = std::get_if<error_answer>(&what)) {
        return method.judge_error(*error, ambiguous_before, secrets);
    }
    if (const auto* unreadable = std::get_if<unreadable_answer>(&what)) {
        return unreadable_outcome(*unreadable, secrets);
    }
    const auto& result = std::get<result_answer>(what);
    auto outcome = method.judge_result(result, ambiguous_before, secrets);
    outcome.said.platform_request_id =
        evidence_of({.code = "", .request_id = result.request_id}, secrets).platform_request_id;
    return outcome;
}

}  // namespace gateway::taobao
