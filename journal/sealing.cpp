#include "journal/sealing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>

#include "text/hex.hpp"
#include "text/sha256.hpp"

namespace gateway::journal {
namespace {

constexpr char sealed_version = 1;
constexpr std::size_t key_size = 32;
constexpr std::size_t id_size = 4;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t head_size = 1 + id_size + nonce_size;
constexpr std::size_t max_file = 64 * 1024;

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(text.data() + at);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Base64 of exactly 32 bytes: 43 digits and one '='.
std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
    if (size < 0) {
        return std::nullopt;
    }
    bytes.resize(key_size);
    return bytes;
}

std::optional<std::string> read_key(std::string_view line) {
    if (line.size() == 2 * key_size) {
        return text::from_hex(line);
    }
    if (line.size() == 44 && line.back() == '=' && line[42] != '=') {
        return from_base64(line);
    }
    return std::nullopt;
}

sealing_keys::key make_key(std::string bytes) {
    const auto digest = text::sha256(bytes);
    const std::string_view head(reinterpret_cast<const char*>(digest.data()), id_size);
    sealing_keys::key made{text::to_hex(head), base::secret_text(std::move(bytes))};
    return made;
}

// Carries the two directions' common part: context, key, nonce and the authenticated place.
bool begin(
    EVP_CIPHER_CTX* context,
    bool sealing,
    std::string_view key,
    std::string_view nonce,
    std::string_view place
) {
    int length = 0;
    return context != nullptr &&
           EVP_CipherInit_ex(
               context, EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce), sealing ? 1 : 0
           ) == 1 &&
           EVP_CipherUpdate(
               context, nullptr, &length, bytes_of(place), static_cast<int>(place.size())
           ) == 1;
}

sealing_error damaged() {
    return {sealing_error::kind::damaged, "the sealed text was changed or belongs elsewhere"};
}

}  // namespace

boost::system::result<std::string, sealing_error> sealing_keys::seal(
    std::string_view clear, std::string_view place
) const {
    const sealing_error failed{
        sealing_error::kind::crypto, "encryption failed in the crypto library"
    };
    const key& writer = keys_.front();
    std::string sealed(head_size + clear.size() + tag_size, '\0');
    sealed[0] = sealed_version;
    sealed.replace(1, id_size, text::from_hex(writer.id).value_or(std::string(id_size, '\0')));
    if (RAND_bytes(bytes_of(sealed, 1 + id_size), nonce_size) != 1) {
        return failed;
    }
    const std::string nonce = sealed.substr(1 + id_size, nonce_size);
    const cipher_context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int length = 0;
    const bool done =
        begin(context.get(), true, writer.bytes.reveal(), nonce, place) &&
        EVP_CipherUpdate(
            context.get(),
            bytes_of(sealed, head_size),
            &length,
            bytes_of(clear),
            static_cast<int>(clear.size())
        ) == 1 &&
        EVP_CipherFinal_ex(context.get(), bytes_of(sealed, head_size + clear.size()), &length) == 1;
    if (!done || EVP_CIPHER_CTX_ctrl(
                     context.get(),
                     EVP_CTRL_GCM_GET_TAG,
                     tag_size,
                     bytes_of(sealed, head_size + clear.size())
                 ) != 1) {
        return failed;
    }
    return sealed;
}

boost::system::result<std::string, sealing_error> sealing_keys::open(
    std::string_view sealed, std::string_view place
) const {
    const auto id = sealing_key_of(sealed);
    if (!id) {
        return damaged();
    }
    const key* reader = nullptr;
    for (const key& candidate : keys_) {
        if (candidate.id == *id) {
            reader = &candidate;
        }
    }
    if (reader == nullptr) {
        return sealing_error{
            sealing_error::kind::unknown_key,
            "it was sealed with key " + *id + ", which is not configured"
        };
    }
    const std::size_t size = sealed.size() - head_size - tag_size;
    std::string tag(sealed.substr(head_size + size));
    std::string clear(size, '\0');
    const cipher_context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int length = 0;
    const bool opened =
        begin(
            context.get(),
            false,
            reader->bytes.reveal(),
            sealed.substr(1 + id_size, nonce_size),
            place
        ) &&
        EVP_CipherUpdate(
            context.get(),
            bytes_of(clear),
            &length,
            bytes_of(sealed.substr(head_size)),
            static_cast<int>(size)
        ) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1 &&
        EVP_CipherFinal_ex(context.get(), bytes_of(clear, size), &length) == 1;
    if (!opened) {
        return damaged();
    }
    return clear;
}

std::variant<sealing_keys, std::string> parse_sealing_keys(std::string_view content) {
    if (content.size() == key_size) {
        return sealing_keys({make_key(std::string(content))});
    }
    std::vector<sealing_keys::key> keys;
    int number = 0;
    while (!content.empty()) {
        ++number;
        const std::size_t end = std::min(content.find('\n'), content.size());
        std::string_view line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            continue;
        }
        std::optional<std::string> bytes = read_key(line);
        if (!bytes) {
            return "line " + std::to_string(number) +
                   " is not a key: expected 64 hex digits or the base64 of 32 bytes";
        }
        keys.push_back(make_key(std::move(*bytes)));
    }
    if (keys.empty()) {
        return std::string("holds no key");
    }
    return sealing_keys(std::move(keys));
}

std::variant<sealing_keys, std::string> load_sealing_keys(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return path + ": cannot be read";
    }
    std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (content.size() > max_file) {
        return path + ": is larger than 64 KiB";
    }
    auto parsed = parse_sealing_keys(content);
    OPENSSL_cleanse(content.data(), content.size());
    if (const auto* fault = std::get_if<std::string>(&parsed)) {
        return path + ": " + *fault;
    }
    return parsed;
}

std::optional<std::string> sealing_key_of(std::string_view sealed) {
    if (sealed.size() < head_size + tag_size || sealed[0] != sealed_version) {
        return std::nullopt;
    }
    return text::to_hex(sealed.substr(1, id_size));
}

sealing_error sealed_without_keys(std::string_view sealed) {
    const auto id = sealing_key_of(sealed);
    if (!id) {
        return damaged();
    }
    return {
        sealing_error::kind::unknown_key,
        "it was sealed with key " + *id + ", and no key is configured"
    };
}

}  // namespace gateway::journal
