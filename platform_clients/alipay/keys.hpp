#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "config/settings.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace gateway::alipay {

using sign_type = config::alipay_sign_type;

// Immutable once loaded: may be copied and used on any thread.
class private_key {
public:
    private_key() = default;
    explicit private_key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    evp_pkey_st* get() const noexcept { return key_.get(); }

private:
    std::shared_ptr<evp_pkey_st> key_;
};

class public_key {
public:
    public_key() = default;
    explicit public_key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    evp_pkey_st* get() const noexcept { return key_.get(); }

private:
    std::shared_ptr<evp_pkey_st> key_;
};

template <class Key>
struct found_key {
    Key key;
    std::string format;  // for people: "PKCS#8, PEM, 2048 bits"
};

// One sentence to follow the file's name.
struct key_fault {
    std::string what;
};

template <class Key>
using key_reading = std::variant<found_key<Key>, key_fault>;

// Reads the application's private key in any form in use: PEM or bare base64, PKCS#1 or PKCS#8,
// wrapped or one line, LF or CRLF; the DER inside decides, not the BEGIN line. RSA of at least 2048
// bits for RSA2, 1024 for RSA.
key_reading<private_key> read_private_key(std::string_view text, sign_type);

// Reads Alipay's public key: SPKI or PKCS#1, PEM or bare base64, or the first certificate's key.
key_reading<public_key> read_public_key(std::string_view text, sign_type);

// The key inside a certificate in DER, held to the same rules.
key_reading<public_key> read_certificate_key(std::string_view der, sign_type);

// Signs a probe and verifies it with the same pair. Takes a millisecond.
std::optional<key_fault> prove_key(const private_key&, sign_type);

bool belong_together(const private_key&, const public_key&) noexcept;

}  // namespace gateway::alipay
