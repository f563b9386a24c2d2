#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "net/http_message.hpp"

// What an operator, or the platform's support, needs to see when a call goes wrong.

namespace gateway::taobao {

// What was signed and how, with every one of `secrets` masked. The secret's length tells a secret
// that was copied with something missing.
std::string signature_diagnosis(
    config::top_sign_method method,
    std::size_t secret_length,
    std::string_view string_to_sign,
    std::span<const std::string> secrets
);

// Why an answer is not believed, and what the platform's support asks for: method, time of sending,
// status and the hosts that TOP names in its headers. `sent_at` as the request said it.
std::string answer_diagnosis(
    std::string_view why,
    std::string_view method,
    std::string_view sent_at,
    const net::http_response& response
);

}  // namespace gateway::taobao
