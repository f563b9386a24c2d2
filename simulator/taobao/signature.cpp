#include "simulator/taobao/signature.hpp"

#include "simulator/digest.hpp"

namespace simulator {

std::optional<std::string> taobao_sign(
    std::string_view sign_method, std::string_view secret, const parameters& given
) {
    std::string joined;
    for (const auto& [name, value] : given) {
        if (name != "sign") {
            joined += name + value;
        }
    }
    if (sign_method == "md5") {
        const std::string between(secret);
        return upper_hex(hash(digest::md5, between + joined + between));
    }
    if (sign_method == "hmac") {
        return upper_hex(hmac(digest::md5, secret, joined));
    }
    if (sign_method == "hmac-sha256") {
        return upper_hex(hmac(digest::sha256, secret, joined));
    }
    return std::nullopt;
}

}  // namespace simulator
