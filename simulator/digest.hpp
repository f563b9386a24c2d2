#pragma once

#include <string>
#include <string_view>

namespace simulator {

enum class digest { md5, sha256 };

// Returns the raw bytes of the digest.
std::string hash(digest algorithm, std::string_view data);
// Returns the raw bytes of the keyed digest (RFC 2104).
std::string hmac(digest algorithm, std::string_view key, std::string_view data);

std::string upper_hex(std::string_view bytes);
std::string lower_hex(std::string_view bytes);

}  // namespace simulator
