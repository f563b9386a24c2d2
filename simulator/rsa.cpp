#include "simulator/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace simulator {

namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

bio_ptr open(const std::string& pem) {
    return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

std::shared_ptr<EVP_PKEY> rsa_only(EVP_PKEY* key, const std::string& what) {
    std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        throw std::runtime_error(what + " holds no RSA key in PEM form");
    }
    return owned;
}

const EVP_MD* implementation(rsa_hash hash) {
    return hash == rsa_hash::sha1 ? EVP_sha1() : EVP_sha256();
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

rsa_key rsa_key::private_from_pem(const std::string& pem, const std::string& what) {
    const bio_ptr in = open(pem);
    return rsa_key(rsa_only(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), what));
}

rsa_key rsa_key::public_from_pem(const std::string& pem, const std::string& what) {
    const bio_ptr in = open(pem);
    return rsa_key(rsa_only(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr), what));
}

rsa_key rsa_key::from_certificate(const std::string& pem, const std::string& what) {
    const bio_ptr in = open(pem);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free
    );
    return rsa_key(rsa_only(certificate ? X509_get_pubkey(certificate.get()) : nullptr, what));
}

std::string rsa_key::sign(rsa_hash hash, std::string_view data) const {
    const context_ptr context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (EVP_DigestSignInit(context.get(), nullptr, implementation(hash), nullptr, key_.get()) !=
            1 ||
        EVP_DigestSign(context.get(), out, &size, bytes(data), data.size()) != 1) {
        throw std::runtime_error("signing an answer failed");
    }
    signature.resize(size);
    return signature;
}

bool rsa_key::verify(rsa_hash hash, std::string_view data, std::string_view signature) const {
    const context_ptr context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(
               context.get(), nullptr, implementation(hash), nullptr, key_.get()
           ) == 1 &&
           EVP_DigestVerify(
               context.get(), bytes(signature), signature.size(), bytes(data), data.size()
           ) == 1;
}

}  // namespace simulator
