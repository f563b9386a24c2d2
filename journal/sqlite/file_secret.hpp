#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/secret_text.hpp"
#include "journal/sqlite/database.hpp"

struct evp_cipher_st;

namespace gateway::journal {

// The secret of one journal file. Digests of requests and of codes are stored only covered with it:
// codes are so short that trying all of them against a bare digest takes seconds (docs/journal.md,
// Covered digests). A value; any thread.
class file_secret {
public:
    // A new secret. Throws std::runtime_error when OpenSSL has no randomness or no AES-SIV.
    static file_secret draw();
    // A secret from its bytes(); an error when their number is wrong.
    static db_result<file_secret> from_bytes(std::string bytes);

    // Equal digests have equal covers, so that they can be searched for: AES-256-SIV (RFC 5297),
    // 16 bytes longer than the digest.
    db_result<std::string> cover(std::string_view digest) const;
    // An error when the cover was changed or made with the secret of another file.
    db_result<std::string> uncover(std::string_view covered) const;

    std::string_view bytes() const noexcept { return bytes_.reveal(); }

private:
    explicit file_secret(base::secret_text bytes);

    base::secret_text bytes_;
    std::shared_ptr<evp_cipher_st> cipher_;
};

}  // namespace gateway::journal
