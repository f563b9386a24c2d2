#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simulator/charset.hpp"
#include "simulator/rsa.hpp"

namespace simulator {

using alipay_parameters = std::map<std::string, std::string>;  // UTF-8, in byte order of the names

// Returns the string that a request's signature covers: every parameter but `sign` and empty ones
// as `name=value`, joined by `&`, in UTF-8.
std::string alipay_string_to_sign(const alipay_parameters& given);

// Verifies `sign` (base64) over the string in the declared charset. RSA2 uses SHA-256, RSA SHA-1.
bool verify_alipay_signature(
    const rsa_key& key,
    std::string_view sign_type,
    std::string_view string_to_sign,
    charset declared,
    std::string_view sign
);

// Returns the signature over the raw bytes of an answer's node in base64.
std::string alipay_sign_node(const rsa_key& key, std::string_view sign_type, std::string_view node);

}  // namespace simulator
