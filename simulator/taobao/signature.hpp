#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace simulator {

// Parameters by name, in byte order: the order TOP signs them in.
using parameters = std::map<std::string, std::string>;

// The signature TOP expects over every parameter but `sign` (TOP doc 101617), upper-case hex.
// `sign_method` is md5, hmac or hmac-sha256; nothing for any other.
std::optional<std::string> taobao_sign(
    std::string_view sign_method, std::string_view secret, const parameters& given
);

}  // namespace simulator
