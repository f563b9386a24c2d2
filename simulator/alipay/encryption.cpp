#include "simulator/alipay/encryption.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "simulator/base64.hpp"

namespace simulator {

namespace {

constexpr std::size_t block = 16;
constexpr std::array<unsigned char, block> zero_iv{};

const EVP_CIPHER* cipher_for(std::string_view key) {
    switch (key.size()) {
        case 16:
            return EVP_aes_128_cbc();
        case 24:
            return EVP_aes_192_cbc();
        case 32:
            return EVP_aes_256_cbc();
        default:
            throw std::runtime_error("an AES key has 16, 24 or 32 bytes");
    }
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> run(std::string_view key, std::string_view in, bool encrypt) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free
    );
    std::string out(in.size() + block, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    int written = 0;
    int rest = 0;
    const bool done =
        EVP_CipherInit_ex(
            context.get(), cipher_for(key), nullptr, bytes(key), zero_iv.data(), encrypt ? 1 : 0
        ) == 1 &&
        EVP_CipherUpdate(context.get(), to, &written, bytes(in), static_cast<int>(in.size())) ==
            1 &&
        EVP_CipherFinal_ex(context.get(), to + written, &rest) == 1;
    if (!done) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(written + rest));
    return out;
}

}  // namespace

std::string alipay_encrypt(std::string_view key, std::string_view plain) {
    return base64_encode(run(key, plain, true).value());
}

std::optional<std::string> alipay_decrypt(std::string_view key, std::string_view base64) {
    const auto cipher_text = base64_decode(base64);
    if (!cipher_text || cipher_text->empty()) {
        return std::nullopt;
    }
    return run(key, *cipher_text, false);
}

}  // namespace simulator
