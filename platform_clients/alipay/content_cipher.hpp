#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret_text.hpp"

namespace gateway::alipay {

// The content encryption of the open platform ("接口内容加密方式"): AES-CBC, IV of zero bytes,
// PKCS#7 padding, base64. Immutable: may be copied and used on any thread.
class content_cipher {
public:
    // From the console's key, base64 of 16 (or 32: AES-256) bytes. The alternative is one sentence
    // to follow the file's name.
    static std::variant<content_cipher, std::string> from_key(std::string_view base64);

    content_cipher() = default;

    std::string encrypt(std::string_view plain) const;
    // Nothing unless it is strict base64 of whole blocks with valid padding.
    std::optional<std::string> decrypt(std::string_view base64) const;

private:
    explicit content_cipher(base::secret_text key) : key_(std::move(key)) {}

    base::secret_text key_;
};

}  // namespace gateway::alipay
