#pragma once

#include <optional>
#include <string>
#include <string_view>

// Alipay's content encryption: AES in CBC mode with sixteen zero bytes as IV and PKCS#7 padding,
// then base64.

namespace simulator {

// `key` holds 16, 24 or 32 raw bytes.
std::string alipay_encrypt(std::string_view key, std::string_view plain);
// Returns nothing for bad base64, a wrong length or bad padding.
std::optional<std::string> alipay_decrypt(std::string_view key, std::string_view base64);

}  // namespace simulator
