#include "journal/sealing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

#include "config/secret_files.hpp"
#include "text/base64.hpp"
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

// The spare bits of the last digit are ignored: 'A' in the place of '=' makes them bits of one more
// byte.
std::optional<std::string> key_from_base64(std::string_view text) {
    std::string digits(text.substr(0, text.size() - 1));
    digits += 'A';
    auto bytes = text::base64_decode(digits);
    OPENSSL_cleanse(digits.data(), digits.size());
    if (bytes) {
        bytes->resize(key_size);
    }
    return bytes;
}

std::optional<std::string> read_key(std::string_view line) {
    if (line.size() == 2 * key_size) {
        return text::from_hex(line);
    }
    if (line.size() == 44 && line.back() == '=') {
        return key_from_base64(line);
    }
    return std::nullopt;
}

sealing_keys::key make_key(std::string bytes) {
    const auto digest = text::sha256(bytes);
    const std::string_view head(reinterpret_cast<const char*>(digest.data()), id_size);
    sealing_keys::key made{text::to_hex(head), base::secret_text(std::move(bytes))};
    return made;
}

enum class direction { open, seal };

// The steps of AES-256-GCM; each is false on an error of OpenSSL.
bool begin(EVP_CIPHER_CTX* cipher, direction way, std::string_view key, std::string_view nonce) {
    return cipher != nullptr && EVP_CipherInit_ex(
                                    cipher,
                                    EVP_aes_256_gcm(),
                                    nullptr,
                                    bytes_of(key),
                                    bytes_of(nonce),
                                    way == direction::seal ? 1 : 0
                                ) == 1;
}

// Without `output` the input is authenticated only.
bool update(EVP_CIPHER_CTX* cipher, std::string_view input, unsigned char* output = nullptr) {
    int length = 0;
    const auto size = static_cast<int>(input.size());
    return EVP_CipherUpdate(cipher, output, &length, bytes_of(input), size) == 1;
}

bool finish(EVP_CIPHER_CTX* cipher) {
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
    int length = 0;
    return EVP_CipherFinal_ex(cipher, nothing, &length) == 1;
}

sealing_error damaged() {
    return {sealing_error::kind::damaged, "the sealed text was changed or belongs elsewhere"};
}

}  // namespace

boost::system::result<std::string, sealing_error> sealing_keys::seal(
    std::string_view clear, std::string_view context
) const {
    const sealing_error failed{
        sealing_error::kind::crypto, "encryption failed in the crypto library"
    };
    const key& first = keys_.front();
    std::string sealed(head_size + clear.size() + tag_size, '\0');
    sealed[0] = sealed_version;
    sealed.replace(1, id_size, text::from_hex(first.id).value_or(std::string(id_size, '\0')));
    if (RAND_bytes(bytes_of(sealed, 1 + id_size), nonce_size) != 1) {
        return failed;
    }
    const std::string nonce = sealed.substr(1 + id_size, nonce_size);
    unsigned char* const tag = bytes_of(sealed, head_size + clear.size());
    const cipher_context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const bool done = begin(cipher.get(), direction::seal, first.bytes.reveal(), nonce) &&
                      update(cipher.get(), context) &&
                      update(cipher.get(), clear, bytes_of(sealed, head_size)) &&
                      finish(cipher.get()) &&
                      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag) == 1;
    if (!done) {
        return failed;
    }
    return sealed;
}

boost::system::result<std::string, sealing_error> sealing_keys::open(
    std::string_view sealed, std::string_view context
) const {
    const auto id = sealing_key_of(sealed);
    if (!id) {
        return damaged();
    }
    const auto used = std::find_if(keys_.begin(), keys_.end(), [&](const key& candidate) {
        return candidate.id == *id;
    });
    if (used == keys_.end()) {
        return sealing_error{
            sealing_error::kind::unknown_key,
            "it was sealed with key " + *id + ", which is not configured"
        };
    }
    const std::size_t size = sealed.size() - head_size - tag_size;
    const auto nonce = sealed.substr(1 + id_size, nonce_size);
    std::string tag(sealed.substr(head_size + size));
    std::string clear(size, '\0');
    const cipher_context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const bool opened =
        begin(cipher.get(), direction::open, used->bytes.reveal(), nonce) &&
        update(cipher.get(), context) &&
        update(cipher.get(), sealed.substr(head_size, size), bytes_of(clear)) &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1 &&
        finish(cipher.get());
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
        return config::described_path(path) + ": cannot be read";
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
