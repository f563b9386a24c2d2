#include "journal/covering_secret.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <utility>

#include "text/hex.hpp"

namespace gateway::journal {
namespace {

constexpr std::size_t secret_size = 64;  // AES-256-SIV: one key for the tag, one for the text
constexpr std::size_t tag_size = 16;

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(text.data() + at);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// The authenticated context of the sealed secret; the contexts of other texts start with an id.
constexpr std::string_view secret_context = "journal/secret";

sealing_error not_covered_here() {
    return {sealing_error::kind::damaged, "a digest was changed or belongs to another journal"};
}

}  // namespace

covering_secret::covering_secret(base::secret_text bytes)
    : bytes_(std::move(bytes)),
      cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr), &EVP_CIPHER_free) {
    if (!cipher_) {
        throw std::runtime_error("the crypto library has no AES-256-SIV");
    }
}

covering_secret covering_secret::draw() {
    std::string bytes(secret_size, '\0');
    if (RAND_bytes(bytes_of(bytes), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("the crypto library has no randomness");
    }
    return covering_secret(base::secret_text(std::move(bytes)));
}

secret_result<covering_secret> covering_secret::from_bytes(std::string bytes) {
    if (bytes.size() != secret_size) {
        return sealing_error{
            sealing_error::kind::damaged, "the journal's secret can't be understood"
        };
    }
    return covering_secret(base::secret_text(std::move(bytes)));
}

secret_result<std::string> covering_secret::cover(std::string_view digest) const {
    std::string covered(tag_size + digest.size(), '\0');
    const cipher_context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int length = 0;
    const bool done =
        context != nullptr &&
        EVP_EncryptInit_ex(
            context.get(), cipher_.get(), nullptr, bytes_of(bytes_.reveal()), nullptr
        ) == 1 &&
        EVP_EncryptUpdate(
            context.get(),
            bytes_of(covered, tag_size),
            &length,
            bytes_of(digest),
            static_cast<int>(digest.size())
        ) == 1 &&
        EVP_EncryptFinal_ex(context.get(), bytes_of(covered, tag_size), &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, bytes_of(covered)) == 1;
    if (!done) {
        return sealing_error{
            sealing_error::kind::crypto, "encryption failed in the crypto library"
        };
    }
    return covered;
}

secret_result<std::string> covering_secret::uncover(std::string_view covered) const {
    if (covered.size() <= tag_size) {
        return not_covered_here();
    }
    std::string tag(covered.substr(0, tag_size));
    const std::string_view text = covered.substr(tag_size);
    std::string digest(text.size(), '\0');
    const cipher_context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int length = 0;
    const bool done =
        context != nullptr &&
        EVP_DecryptInit_ex(
            context.get(), cipher_.get(), nullptr, bytes_of(bytes_.reveal()), nullptr
        ) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
        EVP_DecryptUpdate(
            context.get(), bytes_of(digest), &length, bytes_of(text), static_cast<int>(text.size())
        ) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(digest), &length) == 1;
    if (!done) {
        return not_covered_here();
    }
    return digest;
}

secret_result<stored_secret> stored_form(
    const covering_secret& secret, const std::optional<sealing_keys>& keys
) {
    if (!keys) {
        return stored_secret{.bytes = text::to_hex(secret.bytes()), .sealed = false};
    }
    auto sealed = keys->seal(secret.bytes(), secret_context);
    if (!sealed) {
        return sealed.error();
    }
    return stored_secret{.bytes = std::move(*sealed), .sealed = true};
}

secret_result<covering_secret> open_secret(
    const stored_secret& stored, const std::optional<sealing_keys>& keys
) {
    if (!stored.sealed) {
        return covering_secret::from_bytes(text::from_hex(stored.bytes).value_or(""));
    }
    if (!keys) {
        return sealed_without_keys(stored.bytes);
    }
    auto opened = keys->open(stored.bytes, secret_context);
    if (!opened) {
        return opened.error();
    }
    return covering_secret::from_bytes(std::move(*opened));
}

bool is_sealed_with_first_key(
    const stored_secret& stored, const std::optional<sealing_keys>& keys
) noexcept {
    return !keys || (stored.sealed && sealing_key_of(stored.bytes) == keys->all().front().id);
}

}  // namespace gateway::journal
