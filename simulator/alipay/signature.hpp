#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simulator/charset.hpp"
#include "simulator/rsa.hpp"

namespace simulator {

using alipay_parameters = std::map<std::string, std::string>;  // UTF-8, in byte order of the names

// What Alipay signs of a request: every parameter but `sign` and empty ones, `name=value` joined by
// `&`, UTF-8.
std::string alipay_string_to_sign(const alipay_parameters& given);

// Whether `sign` (base64) fits the string in the declared charset. RSA2 is SHA-256, RSA is SHA-1.
bool alipay_signature_fits(
    const rsa_key& key,
    std::string_view sign_type,
    std::string_view string_to_sign,
    charset declared,
    std::string_view sign
);

// Base64 of the signature over the raw bytes of an answer's node.
std::string alipay_sign_node(const rsa_key& key, std::string_view sign_type, std::string_view node);

}  // namespace simulator
