#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform_clients/alipay/keys.hpp"

namespace gateway::alipay {

// RSA PKCS#1 v1.5 with SHA-256 (RSA2) or SHA-1 (RSA), as base64. A third of a millisecond: belongs
// on a worker. Nothing if the key can't sign.
std::optional<std::string> sign(const private_key&, sign_type, std::string_view bytes);

// True only for a valid signature with exactly the hash of `sign_type` in strict base64.
bool verify(
    const public_key&, sign_type, std::string_view bytes, std::string_view signature_base64
);

// "RSA2" or "RSA", as the parameter sign_type spells it.
std::string_view sign_type_name(sign_type) noexcept;

}  // namespace gateway::alipay
