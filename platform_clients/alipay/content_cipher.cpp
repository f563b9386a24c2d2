#include "platform_clients/alipay/content_cipher.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "text/base64.hpp"

namespace gateway::alipay {
namespace {

constexpr std::size_t block_bytes = 16;
constexpr std::array<unsigned char, block_bytes> zero_iv{};

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// CBC over the whole text in one direction; nothing if the padding is wrong.
std::optional<std::string> run(std::string_view key, std::string_view text, bool encrypting) {
    const cipher_context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const auto* kind = key.size() == block_bytes ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
    std::string out(text.size() + block_bytes, '\0');
    auto* at = reinterpret_cast<unsigned char*>(out.data());
    int head = 0;
    int tail = 0;
    const bool done =
        context &&
        EVP_CipherInit_ex(
            context.get(), kind, nullptr, bytes_of(key), zero_iv.data(), encrypting ? 1 : 0
        ) == 1 &&
        EVP_CipherUpdate(context.get(), at, &head, bytes_of(text), static_cast<int>(text.size())) ==
            1 &&
        EVP_CipherFinal_ex(context.get(), at + head, &tail) == 1;
    if (!done) {
        ERR_clear_error();
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(head + tail));
    return out;
}

}  // namespace

std::variant<content_cipher, std::string> content_cipher::from_key(std::string_view base64) {
    const auto first = base64.find_first_not_of(" \t\r\n");
    const auto last = base64.find_last_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return "is empty";
    }
    auto key = text::base64_decode(base64.substr(first, last - first + 1));
    if (!key) {
        return "is not the base64 text of an AES key";
    }
    if (key->size() != 16 && key->size() != 32) {
        return "holds an AES key of " + std::to_string(key->size()) +
               " bytes; 16 (AES-128) or 32 (AES-256) are wanted";
    }
    return content_cipher(base::secret_text(std::move(*key)));
}

std::string content_cipher::encrypt(std::string_view plain) const {
    const auto encrypted = run(key_.reveal(), plain, true);
    if (!encrypted) {
        throw std::runtime_error("AES encryption failed");
    }
    return text::base64_encode(*encrypted);
}

std::optional<std::string> content_cipher::decrypt(std::string_view base64) const {
    const auto encrypted = text::base64_decode(base64);
    if (!encrypted || encrypted->empty() || encrypted->size() % block_bytes != 0) {
        return std::nullopt;
    }
    return run(key_.reveal(), *encrypted, false);
}

}  // namespace gateway::alipay
