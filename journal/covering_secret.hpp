#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret_text.hpp"
#include "journal/sealing.hpp"

struct evp_cipher_st;

namespace gateway::journal {

template <class T>
using secret_result = boost::system::result<T, sealing_error>;

// The secret of one journal. Digests of requests and of codes are stored only covered with it:
// codes are so short that trying all of them against a bare digest takes seconds (docs/journal.md,
// Covered digests). A value; any thread.
class covering_secret {
public:
    // A new secret. Throws std::runtime_error when OpenSSL has no randomness or no AES-SIV.
    static covering_secret draw();
    // A secret from its bytes(); an error when their number is wrong.
    static secret_result<covering_secret> from_bytes(std::string bytes);

    // Equal digests have equal covers, so that they can be searched for: AES-256-SIV (RFC 5297),
    // 16 bytes longer than the digest.
    secret_result<std::string> cover(std::string_view digest) const;
    // An error when the cover was changed or made with the secret of another journal.
    secret_result<std::string> uncover(std::string_view covered) const;

    std::string_view bytes() const noexcept { return bytes_.reveal(); }

private:
    explicit covering_secret(base::secret_text bytes);

    base::secret_text bytes_;
    std::shared_ptr<evp_cipher_st> cipher_;
};

// The secret as a journal stores it.
struct stored_secret {
    std::string bytes;  // hex digits in clear, or sealed
    bool sealed = false;
};

// Sealed with the first key; in clear without keys.
secret_result<stored_secret> stored_form(
    const covering_secret& secret, const std::optional<sealing_keys>& keys
);
// Proves that the secret's sealing key is configured.
secret_result<covering_secret> open_secret(
    const stored_secret& stored, const std::optional<sealing_keys>& keys
);
// Whether stored_form() would seal it with the same key; true without keys.
bool is_sealed_with_first_key(
    const stored_secret& stored, const std::optional<sealing_keys>& keys
) noexcept;

// The keys with which the rows of one journal are written and read.
struct journal_keys {
    std::optional<sealing_keys> texts;  // parameters and results; none: they are stored in clear
    covering_secret digests;
};

}  // namespace gateway::journal
