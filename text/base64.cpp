#include "text/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace gateway::text {

std::string base64_encode(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    if (length < 0) {
        return std::nullopt;
    }
    const auto padding = static_cast<std::size_t>(
        std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '=')
    );
    bytes.resize(static_cast<std::size_t>(length) - padding);
    // EVP_DecodeBlock trims white space and accepts misplaced '=' and stray bits; only canonical
    // text equals its re-encoding.
    if (base64_encode(bytes) != text) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace gateway::text
