#include "simulator/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace simulator {

namespace {

const EVP_MD* implementation(digest algorithm) {
    return algorithm == digest::md5 ? EVP_md5() : EVP_sha256();
}

std::string bytes_of(const std::array<unsigned char, EVP_MAX_MD_SIZE>& buffer, unsigned size) {
    return {buffer.begin(), buffer.begin() + size};
}

std::string hex(std::string_view bytes, const char* digits) {
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        result.push_back(digits[byte >> 4]);
        result.push_back(digits[byte & 15]);
    }
    return result;
}

}  // namespace

std::string hash(digest algorithm, std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(
            data.data(), data.size(), out.data(), &size, implementation(algorithm), nullptr
        ) != 1) {
        throw std::runtime_error("EVP_Digest failed");
    }
    return bytes_of(out, size);
}

std::string hmac(digest algorithm, std::string_view key, std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    if (HMAC(
            implementation(algorithm),
            key.data(),
            static_cast<int>(key.size()),
            bytes,
            data.size(),
            out.data(),
            &size
        ) == nullptr) {
        throw std::runtime_error("HMAC failed");
    }
    return bytes_of(out, size);
}

std::string upper_hex(std::string_view bytes) {
    return hex(bytes, "0123456789ABCDEF");
}

std::string lower_hex(std::string_view bytes) {
    return hex(bytes, "0123456789abcdef");
}

}  // namespace simulator
