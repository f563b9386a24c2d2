#include "simulator/alipay/signature.hpp"

#include "simulator/base64.hpp"

namespace simulator {

namespace {

rsa_hash hash_of(std::string_view sign_type) {
    return sign_type == "RSA" ? rsa_hash::sha1 : rsa_hash::sha256;
}

}  // namespace

std::string alipay_string_to_sign(const alipay_parameters& given) {
    std::string joined;
    for (const auto& [name, value] : given) {
        if (name == "sign" || value.empty()) {
            continue;
        }
        joined += (joined.empty() ? "" : "&") + name + "=" + value;
    }
    return joined;
}

bool verify_alipay_signature(
    const rsa_key& key,
    std::string_view sign_type,
    std::string_view string_to_sign,
    charset declared,
    std::string_view sign
) {
    const auto signature = base64_decode(sign);
    return signature &&
           key.verify(hash_of(sign_type), from_utf8(string_to_sign, declared), *signature);
}

std::string alipay_sign_node(
    const rsa_key& key, std::string_view sign_type, std::string_view node
) {
    return base64_encode(key.sign(hash_of(sign_type), node));
}

}  // namespace simulator
