#include "platform_clients/taobao/signature.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "text/hex.hpp"

namespace gateway::taobao {
namespace {

using digest_buffer = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string upper_hex(std::span<const unsigned char> bytes) {
    return text::to_upper_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// MD5(secret + text + secret), fed piece by piece so that the secret is not copied about.
std::optional<std::string> md5_between(std::string_view secret, std::string_view text) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free
    );
    digest_buffer out{};
    unsigned length = 0;
    const bool done = context && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), secret.data(), secret.size()) == 1 &&
                      EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
                      EVP_DigestUpdate(context.get(), secret.data(), secret.size()) == 1 &&
                      EVP_DigestFinal_ex(context.get(), out.data(), &length) == 1;
    if (!done) {
        return std::nullopt;
    }
    return upper_hex(std::span(out).first(length));
}

std::optional<std::string> hmac(
    const char* digest, std::string_view secret, std::string_view text
) {
    digest_buffer out{};
    std::size_t length = 0;
    const auto* done = EVP_Q_mac(
        nullptr,
        "HMAC",
        nullptr,
        digest,
        nullptr,
        secret.data(),
        secret.size(),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        out.data(),
        out.size(),
        &length
    );
    if (!done) {
        return std::nullopt;
    }
    return upper_hex(std::span(out).first(length));
}

}  // namespace

base::fixed_text wire_name(config::top_sign_method method) noexcept {
    switch (method) {
        case config::top_sign_method::md5:
            return "md5";
        case config::top_sign_method::hmac:
            return "hmac";
        case config::top_sign_method::hmac_sha256:
            break;
    }
    return "hmac-sha256";
}

base::card_secret string_to_sign(const parameter_list& parameters) {
    std::vector<const parameter*> sorted;
    sorted.reserve(parameters.size());
    std::size_t length = 0;
    for (const auto& one : parameters) {
        if (one.name != "sign") {
            sorted.push_back(&one);
            length += one.name.size() + one.value.size();
        }
    }
    // std::string compares as unsigned bytes: '_' comes before lower-case letters.
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return a->name < b->name;
    });
    std::string text;
    text.reserve(length);
    for (const auto* one : sorted) {
        text += one->name;
        text += one->value;
    }
    return base::card_secret(std::move(text));
}

std::optional<std::string> sign(
    config::top_sign_method method,
    const base::card_secret& string_to_sign,
    const base::secret_text& app_secret
) {
    const auto secret = app_secret.reveal();
    const auto text = string_to_sign.reveal();
    switch (method) {
        case config::top_sign_method::md5:
            return md5_between(secret, text);
        case config::top_sign_method::hmac:
            return hmac("MD5", secret, text);
        case config::top_sign_method::hmac_sha256:
            break;
    }
    return hmac("SHA256", secret, text);
}

}  // namespace gateway::taobao
