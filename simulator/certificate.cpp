#include "simulator/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "simulator/digest.hpp"

namespace simulator {

namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::string content(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

certificate_ptr parse(std::string_view pem) {
    const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free};
}

std::string oid_text(const ASN1_OBJECT* object) {
    std::array<char, 128> buffer{};
    OBJ_obj2txt(buffer.data(), buffer.size(), object, 1);
    return buffer.data();
}

// Returns the keyword of an attribute type that RFC 2253 names; the JDK writes every other type as
// `OID=#hex`.
std::optional<std::string> keyword(const ASN1_OBJECT* type) {
    switch (OBJ_obj2nid(type)) {
        case NID_commonName:
            return "CN";
        case NID_countryName:
            return "C";
        case NID_localityName:
            return "L";
        case NID_stateOrProvinceName:
            return "ST";
        case NID_organizationName:
            return "O";
        case NID_organizationalUnitName:
            return "OU";
        case NID_streetAddress:
            return "STREET";
        case NID_domainComponent:
            return "DC";
        case NID_userId:
            return "UID";
        default:
            return std::nullopt;
    }
}

std::string attribute_text(const X509_NAME_ENTRY* entry) {
    const ASN1_OBJECT* type = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
    const bio_ptr out(BIO_new(BIO_s_mem()), BIO_free);
    const auto name = keyword(type);
    const unsigned long form = name ? ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_UTF8_CONVERT
                                    : ASN1_STRFLGS_DUMP_ALL | ASN1_STRFLGS_DUMP_DER;
    ASN1_STRING_print_ex(out.get(), value, form);
    std::string text = content(out.get());
    if (!name) {
        for (char& c : text) {
            c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return (name ? *name : oid_text(type)) + "=" + text;
}

// RFC 2253 puts the last relative name first and joins the parts of one relative name by `+`.
std::string issuer_text(const X509* certificate) {
    const X509_NAME* issuer = X509_get_issuer_name(certificate);
    std::string text;
    int previous_set = -1;
    for (int i = X509_NAME_entry_count(issuer) - 1; i >= 0; --i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(issuer, i);
        const int set = X509_NAME_ENTRY_set(entry);
        if (!text.empty()) {
            text += set == previous_set ? "+" : ",";
        }
        previous_set = set;
        text += attribute_text(entry);
    }
    return text;
}

std::string decimal_serial(const X509* certificate) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free
    );
    char* text = BN_bn2dec(number.get());
    std::string result(text);
    OPENSSL_free(text);
    return result;
}

std::string sn_of(const X509* certificate) {
    return lower_hex(hash(digest::md5, issuer_text(certificate) + decimal_serial(certificate)));
}

std::vector<std::string_view> pem_blocks(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    std::vector<std::string_view> blocks;
    for (std::size_t from = pem.find(begin); from != std::string_view::npos;) {
        const std::size_t to = pem.find(end, from);
        if (to == std::string_view::npos) {
            break;
        }
        blocks.push_back(pem.substr(from, to + end.size() - from));
        from = pem.find(begin, to);
    }
    return blocks;
}

bool signed_with_rsa(const X509* certificate) {
    const X509_ALGOR* algorithm = nullptr;
    X509_get0_signature(nullptr, &algorithm, certificate);
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    return oid_text(object).starts_with("1.2.840.113549.1.1");
}

}  // namespace

std::string certificate_sn(const std::string& pem, const std::string& what) {
    const certificate_ptr certificate = parse(pem);
    if (!certificate) {
        throw std::runtime_error(what + " holds no certificate in PEM form");
    }
    return sn_of(certificate.get());
}

std::string root_certificate_sn(const std::string& pem) {
    std::string joined;
    for (const std::string_view block : pem_blocks(pem)) {
        const certificate_ptr certificate = parse(block);
        if (!certificate || !signed_with_rsa(certificate.get())) {
            continue;
        }
        joined += (joined.empty() ? "" : "_") + sn_of(certificate.get());
    }
    return joined;
}

bool certificate_expired(const std::string& pem, wall_time now) {
    const certificate_ptr certificate = parse(pem);
    std::time_t at = std::chrono::system_clock::to_time_t(now);
    return certificate && X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) < 0;
}

}  // namespace simulator
