#include "tests/support/test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace gateway::support {

namespace {

template <auto release>
struct releaser {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;

std::string text_of(BIO* bio) {
    std::string text(BIO_ctrl_pending(bio), '\0');
    BIO_read(bio, text.data(), static_cast<int>(text.size()));
    return text;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())
    );
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
        throw std::runtime_error("cannot add extension " + value);
    }
}

certificate_ptr unsigned_certificate(
    EVP_PKEY* key, const std::string& name, long serial, long seconds
) {
    certificate_ptr certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
    X509_set_pubkey(certificate.get(), key);
    const std::string copy = name;
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate.get()),
        "CN",
        MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(copy.c_str()),
        -1,
        -1,
        0
    );
    return certificate;
}

certificate_pem to_pem(X509* certificate, EVP_PKEY* key) {
    const bio_ptr certificate_text(BIO_new(BIO_s_mem()));
    const bio_ptr key_text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(certificate_text.get(), certificate);
    PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

}  // namespace

test_ca::test_ca(const std::string& name) {
    const key_ptr key(EVP_EC_gen("P-256"));
    const certificate_ptr certificate = unsigned_certificate(key.get(), name, 1, 3600);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign the CA's certificate");
    }
    own_ = to_pem(certificate.get(), key.get());
}

certificate_pem test_ca::issue(
    const std::string& subject_alternative_name, const std::string& common_name, long seconds
) const {
    const bio_ptr certificate_text(BIO_new_mem_buf(own_.certificate.data(), -1));
    const bio_ptr key_text(BIO_new_mem_buf(own_.key.data(), -1));
    const certificate_ptr issuer(
        PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr)
    );
    const key_ptr issuer_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));

    const key_ptr key(EVP_EC_gen("P-256"));
    const certificate_ptr certificate = unsigned_certificate(key.get(), common_name, 2, seconds);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    if (!subject_alternative_name.empty()) {
        extend(certificate.get(), issuer.get(), NID_subject_alt_name, subject_alternative_name);
    }
    if (X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign a certificate");
    }
    return to_pem(certificate.get(), key.get());
}

temporary_file::temporary_file(const std::string& content) {
    static std::atomic<int> count = 0;
    const std::string name =
        "gateway-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
    path_ = std::filesystem::temp_directory_path() / name;
    std::ofstream(path_, std::ios::binary) << content;
}

temporary_file::~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace gateway::support
