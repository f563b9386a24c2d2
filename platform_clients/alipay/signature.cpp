#include "platform_clients/alipay/signature.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "text/base64.hpp"

namespace gateway::alipay {
namespace {

using digest_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// The default padding of an RSA key in OpenSSL is PKCS#1 v1.5.
const EVP_MD* hash_of(sign_type type) noexcept {
    return type == sign_type::rsa2 ? EVP_sha256() : EVP_sha1();
}

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> sign(const private_key& key, sign_type type, std::string_view bytes) {
    const digest_context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::size_t length = 0;
    std::string signature;
    const bool began =
        context &&
        EVP_DigestSignInit(context.get(), nullptr, hash_of(type), nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &length, bytes_of(bytes), bytes.size()) == 1;
    if (began) {
        signature.resize(length);
    }
    if (!began || EVP_DigestSign(
                      context.get(),
                      reinterpret_cast<unsigned char*>(signature.data()),
                      &length,
                      bytes_of(bytes),
                      bytes.size()
                  ) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    signature.resize(length);
    return text::base64_encode(signature);
}

bool verify(
    const public_key& key, sign_type type, std::string_view bytes, std::string_view signature_base64
) {
    const auto signature = text::base64_decode(signature_base64);
    if (!signature || signature->empty()) {
        return false;
    }
    const digest_context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const bool valid =
        context &&
        EVP_DigestVerifyInit(context.get(), nullptr, hash_of(type), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(
            context.get(), bytes_of(*signature), signature->size(), bytes_of(bytes), bytes.size()
        ) == 1;
    ERR_clear_error();
    return valid;
}

std::string_view sign_type_name(sign_type type) noexcept {
    return type == sign_type::rsa2 ? "RSA2" : "RSA";
}

}  // namespace gateway::alipay
