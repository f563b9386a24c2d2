#pragma once

#include <span>

#include "base/redacted_text.hpp"
#include "platform_clients/alipay/answer.hpp"
#include "platform_clients/alipay/error_table.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::alipay {

// The outcome of a platform's answer, without what only a success has. Nothing that `secrets`
// covers shows in it.
redemption::attempt_outcome outcome_of_error(
    const node_content& error, meaning means, const base::masker& secrets
);
redemption::attempt_outcome outcome_of_unsigned(
    const node_content& error, std::span<const sub_code_rule> business, const base::masker& secrets
);
// An answer that can't be trusted or read.
redemption::attempt_outcome outcome_of_unusable(const base::redacted_text& reason);

}  // namespace gateway::alipay
