#include "platform_clients/alipay/certificate_sn.hpp"

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

#include "platform_clients/alipay/der.hpp"
#include "platform_clients/alipay/distinguished_name.hpp"
#include "text/hex.hpp"

namespace gateway::alipay {
namespace {

using number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

struct certificate_head {
    std::string_view serial;  // content of the INTEGER
    std::string_view issuer;  // the name, whole
    std::string signature_algorithm;
};

std::optional<certificate_head> read_head(std::string_view der) {
    constexpr std::uint8_t version_tag = 0xA0;
    der_reader outer(der);
    const auto certificate = outer.next(der_sequence);
    der_reader parts(certificate ? certificate->content : "");
    const auto signed_part = parts.next(der_sequence);
    const auto algorithm = parts.next(der_sequence);
    der_reader fields(signed_part ? signed_part->content : "");
    static_cast<void>(fields.next(version_tag));  // absent in version 1
    const auto serial = fields.next(der_integer);
    const auto inner_algorithm = fields.next(der_sequence);
    const auto issuer = fields.next(der_sequence);
    der_reader algorithm_parts(algorithm ? algorithm->content : "");
    const auto oid = algorithm_parts.next(der_oid);
    auto algorithm_name = oid ? oid_text(oid->content) : std::nullopt;
    if (!serial || serial->content.empty() || !inner_algorithm || !issuer || !algorithm_name) {
        return std::nullopt;
    }
    return certificate_head{serial->content, issuer->whole, std::move(*algorithm_name)};
}

// Two's complement, of any length, in decimal.
std::string decimal(std::string_view integer) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(integer.data());
    const auto length = static_cast<int>(integer.size());
    const number value(BN_bin2bn(bytes, length, nullptr), &BN_free);
    if ((bytes[0] & 0x80U) != 0) {
        const number whole(BN_new(), &BN_free);
        BN_set_bit(whole.get(), length * 8);
        BN_sub(value.get(), value.get(), whole.get());
    }
    const std::unique_ptr<char, void (*)(char*)> text(BN_bn2dec(value.get()), [](char* allocated) {
        OPENSSL_free(allocated);
    });
    return text.get();
}

std::string md5(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_md5(), nullptr);
    return text::to_hex({reinterpret_cast<const char*>(digest.data()), length});
}

std::optional<std::string> sn_of(const certificate_head& head) {
    const auto issuer = distinguished_name(head.issuer);
    if (!issuer) {
        return std::nullopt;
    }
    return md5(*issuer + decimal(head.serial));
}

}  // namespace

std::optional<std::string> certificate_sn(std::string_view der) {
    const auto head = read_head(der);
    return head ? sn_of(*head) : std::nullopt;
}

std::string root_certificate_sn(const std::vector<der_block>& bundle) {
    // Compared as text, as the official clients do: RSASSA-PSS (…1.1.10) belongs to it.
    constexpr std::string_view rsa_family = "1.2.840.113549.1.1";
    std::string joined;
    for (const auto& block : bundle) {
        const auto head = read_head(block.der);
        if (!head || !head->signature_algorithm.starts_with(rsa_family)) {
            continue;
        }
        if (const auto sn = sn_of(*head)) {
            joined += (joined.empty() ? "" : "_") + *sn;
        }
    }
    return joined;
}

}  // namespace gateway::alipay
