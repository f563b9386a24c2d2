#include "journal/sqlite/file_secret.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <utility>

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

db_error not_covered_here() {
    return {0, "a digest was changed or belongs to another journal"};
}

}  // namespace

file_secret::file_secret(base::secret_text bytes)
    : bytes_(std::move(bytes)),
      cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr), &EVP_CIPHER_free) {
    if (!cipher_) {
        throw std::runtime_error("the crypto library has no AES-256-SIV");
    }
}

file_secret file_secret::draw() {
    std::string bytes(secret_size, '\0');
    if (RAND_bytes(bytes_of(bytes), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("the crypto library has no randomness");
    }
    return file_secret(base::secret_text(std::move(bytes)));
}

db_result<file_secret> file_secret::from_bytes(std::string bytes) {
    if (bytes.size() != secret_size) {
        return db_error(0, "the journal's secret can't be understood");
    }
    return file_secret(base::secret_text(std::move(bytes)));
}

db_result<std::string> file_secret::cover(std::string_view digest) const {
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
        return db_error(0, "encryption failed in the crypto library");
    }
    return covered;
}

db_result<std::string> file_secret::uncover(std::string_view covered) const {
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

}  // namespace gateway::journal
