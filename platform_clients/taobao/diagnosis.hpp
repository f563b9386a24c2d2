#pragma once

#include <cstddef>
#include <string_view>

#include "base/card_secret.hpp"
#include "base/redacted_text.hpp"
#include "config/settings.hpp"
#include "net/http_message.hpp"

// What an operator, or the platform's support, needs to see when a call goes wrong.

namespace gateway::taobao {

// What was signed and how, without `secrets`. The length shows a secret that was copied with
// something missing.
base::redacted_text signature_diagnosis(
    config::top_sign_method method,
    std::size_t secret_length,
    const base::card_secret& string_to_sign,
    const base::masker& secrets
);

// Why an answer is not trusted, and what the platform's support asks for: method, time of sending,
// status and the hosts that TOP names in its headers. `sent_at` as the request said it.
base::redacted_text answer_diagnosis(
    const base::redacted_text& why,
    base::fixed_text method,
    std::string_view sent_at,
    const net::http_response& response,
    const base::masker& secrets
);

}  // namespace gateway::taobao
