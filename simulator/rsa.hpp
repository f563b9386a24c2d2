#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace simulator {

enum class rsa_hash { sha1, sha256 };

// An RSA key that makes and verifies PKCS#1 v1.5 signatures over raw bytes.
class rsa_key {
public:
    // Each function throws `std::runtime_error` naming `what` when the PEM text holds no such key.
    static rsa_key private_from_pem(const std::string& pem, const std::string& what);
    static rsa_key public_from_pem(const std::string& pem, const std::string& what);
    // Returns the key of the first certificate.
    static rsa_key from_certificate(const std::string& pem, const std::string& what);

    std::string sign(rsa_hash hash, std::string_view data) const;
    bool verify(rsa_hash hash, std::string_view data, std::string_view signature) const;

private:
    explicit rsa_key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace simulator
