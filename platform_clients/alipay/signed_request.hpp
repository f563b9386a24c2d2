#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "base/card_secret.hpp"
#include "net/http_message.hpp"
#include "platform_clients/alipay/credentials.hpp"
#include "redemption/model.hpp"

namespace gateway::alipay {

// Ready to send.
struct signed_request {
    net::http_request http;
    base::card_secret
        signed_text;  // string-to-sign in UTF-8, for the diagnosis of a refused signature
};

// Nothing can be sent.
struct signing_fault {
    enum class kind {
        not_representable,  // the content has characters that the account's charset lacks
        key,                // the private key failed
    } what = kind::key;
};

// The request of one attempt: content in the account's charset, encrypted if it has a content key,
// then signed. `target` is the gateway's path (and query). Costs an RSA signature: on a worker.
std::variant<signing_fault, signed_request> make_signed_request(
    const credentials& keys,
    std::string_view target,
    std::string_view method,
    const redemption::params_text& biz_content,
    std::chrono::system_clock::time_point now
);

}  // namespace gateway::alipay
