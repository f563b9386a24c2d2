#include "platform_clients/alipay/keys.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "platform_clients/alipay/armour.hpp"
#include "platform_clients/alipay/der.hpp"
#include "platform_clients/alipay/signature.hpp"

namespace gateway::alipay {
namespace {

using pkey_ptr = std::shared_ptr<EVP_PKEY>;

const unsigned char* bytes_of(std::string_view der) noexcept {
    return reinterpret_cast<const unsigned char*>(der.data());
}

// Takes ownership of what a d2i function gave; null unless it read the DER to its last byte.
pkey_ptr owned(EVP_PKEY* key, const unsigned char* end, std::string_view der) {
    pkey_ptr held(key, &EVP_PKEY_free);
    ERR_clear_error();
    return held && end == bytes_of(der) + der.size() ? held : nullptr;
}

pkey_ptr private_from(std::string_view der) {
    const auto* at = bytes_of(der);
    auto* key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
    return owned(key, at, der);
}

pkey_ptr spki_from(std::string_view der) {
    const auto* at = bytes_of(der);
    auto* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
    return owned(key, at, der);
}

pkey_ptr pkcs1_public_from(std::string_view der) {
    const auto* at = bytes_of(der);
    auto* key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size()));
    return owned(key, at, der);
}

pkey_ptr certificate_from(std::string_view der) {
    const auto* at = bytes_of(der);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free
    );
    if (!certificate) {
        ERR_clear_error();
        return nullptr;
    }
    return owned(X509_get_pubkey(certificate.get()), at, der);
}

// What a block turned out to hold.
struct content {
    enum class kind { nothing, private_key, public_key, certificate } what = kind::nothing;
    pkey_ptr key;
    std::string structure;
};

content look_into(std::string_view der) {
    if (auto key = private_from(der)) {
        der_reader outer(der);
        const auto sequence = outer.next(der_sequence);
        der_reader inner(sequence ? sequence->content : "");
        const auto version = inner.next(der_integer);
        // After the version PKCS#8 names the algorithm, PKCS#1 goes on with the modulus.
        const bool pkcs8 = version && inner.next(der_sequence);
        return {content::kind::private_key, std::move(key), pkcs8 ? "PKCS#8" : "PKCS#1"};
    }
    if (auto key = spki_from(der)) {
        return {content::kind::public_key, std::move(key), "SPKI"};
    }
    if (auto key = pkcs1_public_from(der)) {
        return {content::kind::public_key, std::move(key), "PKCS#1"};
    }
    if (auto key = certificate_from(der)) {
        return {content::kind::certificate, std::move(key), "certificate"};
    }
    return {};
}

std::optional<key_fault> unusable(const pkey_ptr& key, sign_type type) {
    if (!EVP_PKEY_is_a(key.get(), "RSA")) {
        const char* name = EVP_PKEY_get0_type_name(key.get());
        return key_fault{
            std::string("holds a key of type ") + (name ? name : "unknown") +
            "; Alipay's RSA2 and RSA need an RSA key"
        };
    }
    const int bits = EVP_PKEY_get_bits(key.get());
    const int least = type == sign_type::rsa2 ? 2048 : 1024;
    if (bits < least) {
        return key_fault{
            "holds a key of " + std::to_string(bits) + " bits; sign_type " +
            (type == sign_type::rsa2 ? "RSA2" : "RSA") + " needs at least " + std::to_string(least)
        };
    }
    return std::nullopt;
}

std::string format_of(const der_block& block, const content& held) {
    std::string form = block.label.empty() ? "bare base64" : "PEM";
    if (block.one_line) {
        form += " in one line";
    }
    return held.structure + ", " + form + ", " + std::to_string(EVP_PKEY_get_bits(held.key.get())) +
           " bits";
}

// The first block is the one that counts; a key file holds one, a certificate file the leaf first.
std::variant<der_block, key_fault> first_block(std::string_view text) {
    auto blocks = read_armour(text);
    if (auto* fault = std::get_if<std::string>(&blocks)) {
        return key_fault{std::move(*fault)};
    }
    return std::move(std::get<std::vector<der_block>>(blocks).front());
}

template <class Key>
key_reading<Key> finished(const der_block& block, content held, sign_type type) {
    if (auto fault = unusable(held.key, type)) {
        return std::move(*fault);
    }
    auto format = format_of(block, held);
    return found_key<Key>{Key(std::move(held.key)), std::move(format)};
}

constexpr std::string_view probe_text = "gateway key probe";

}  // namespace

key_reading<private_key> read_private_key(std::string_view text, sign_type type) {
    auto block = first_block(text);
    if (auto* fault = std::get_if<key_fault>(&block)) {
        return std::move(*fault);
    }
    auto held = look_into(std::get<der_block>(block).der);
    switch (held.what) {
        case content::kind::public_key:
            return key_fault{"holds a public key where the application's private key is wanted"};
        case content::kind::certificate:
            return key_fault{"holds a certificate where the application's private key is wanted"};
        case content::kind::nothing:
            return key_fault{"holds neither a PKCS#8 nor a PKCS#1 private key"};
        case content::kind::private_key:
            break;
    }
    return finished<private_key>(std::get<der_block>(block), std::move(held), type);
}

key_reading<public_key> read_public_key(std::string_view text, sign_type type) {
    auto block = first_block(text);
    if (auto* fault = std::get_if<key_fault>(&block)) {
        return std::move(*fault);
    }
    auto held = look_into(std::get<der_block>(block).der);
    if (held.what == content::kind::private_key) {
        return key_fault{"holds a private key where Alipay's public key is wanted"};
    }
    if (held.what == content::kind::nothing) {
        return key_fault{"holds neither a public key nor a certificate"};
    }
    return finished<public_key>(std::get<der_block>(block), std::move(held), type);
}

key_reading<public_key> read_certificate_key(std::string_view der, sign_type type) {
    auto key = certificate_from(der);
    if (!key) {
        return key_fault{"holds a certificate whose public key can't be read"};
    }
    const der_block block{"CERTIFICATE", std::string(der), false};
    content held{content::kind::certificate, std::move(key), "certificate"};
    return finished<public_key>(block, std::move(held), type);
}

std::optional<key_fault> prove_key(const private_key& own, sign_type type) {
    const auto signature = sign(own, type, probe_text);
    if (!signature) {
        return key_fault{"holds a private key that can't sign; is it damaged?"};
    }
    EVP_PKEY_up_ref(own.get());
    const public_key public_half{pkey_ptr(own.get(), &EVP_PKEY_free)};
    if (!verify(public_half, type, probe_text, *signature)) {
        return key_fault{"holds a private key that doesn't verify its own signature; is it damaged?"
        };
    }
    return std::nullopt;
}

bool belong_together(const private_key& own, const public_key& other) noexcept {
    const bool same = EVP_PKEY_eq(own.get(), other.get()) == 1;
    ERR_clear_error();
    return same;
}

}  // namespace gateway::alipay
