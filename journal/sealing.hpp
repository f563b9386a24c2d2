#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/secret_text.hpp"

// Encryption of codes at rest (docs/journal.md, Sealing): AES-256-GCM with keys that can change.
// Values, no state; any thread.

namespace gateway::journal {

struct sealing_error {
    enum class kind {
        unknown_key,  // sealed with a key that is not configured
        damaged,      // changed since, or moved from another row or column
        crypto,       // an error of OpenSSL
    };
    kind what = kind::crypto;
    std::string reason;  // one sentence without a full stop
};

// One or more 256-bit keys: the first seals, all of them open.
class sealing_keys {
public:
    struct key {
        std::string id;  // the first 8 hex digits of the key's SHA-256
        base::secret_text bytes;
    };

    explicit sealing_keys(std::vector<key> keys) : keys_(std::move(keys)) {}

    // The sealed form: version 1, key id (4 bytes), nonce (12), ciphertext, tag (16). `context`
    // names the redemption and the column of the text; it is authenticated, so that sealed texts
    // can't be swapped.
    boost::system::result<std::string, sealing_error> seal(
        std::string_view clear, std::string_view context
    ) const;
    boost::system::result<std::string, sealing_error> open(
        std::string_view sealed, std::string_view context
    ) const;

    const std::vector<key>& all() const noexcept { return keys_; }

private:
    std::vector<key> keys_;
};

// Parses a key file: 32 raw bytes, or one key per line as 64 hex digits or the base64 of 32 bytes,
// the sealing key first. The alternative is one sentence that says what is wrong, without key
// material.
std::variant<sealing_keys, std::string> parse_sealing_keys(std::string_view content);
// The same from a file of at most 64 KiB.
std::variant<sealing_keys, std::string> load_sealing_keys(const std::string& path);

// The id of the key of a sealed text; none when the text isn't sealed.
std::optional<std::string> sealing_key_of(std::string_view sealed);

// The error for a sealed text when no key is configured.
sealing_error sealed_without_keys(std::string_view sealed);

}  // namespace gateway::journal
