#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace simulator {

// Parameters by name in byte order, which is the order of TOP's signatures.
using parameters = std::map<std::string, std::string>;

// Returns the signature that TOP expects over every parameter but `sign` (TOP doc 101617), in
// upper-case hex. `sign_method` is md5, hmac or hmac-sha256; any other value returns nothing.
std::optional<std::string> taobao_sign(
    std::string_view sign_method, std::string_view secret, const parameters& given
);

}  // namespace simulator
