#include "simulator/alipay/credentials.hpp"

#include <stdexcept>

#include "simulator/base64.hpp"
#include "simulator/certificate.hpp"

namespace simulator {

namespace {

void load_certificates(alipay_credentials& credentials, const std::string& prefix) {
    const alipay_app& app = credentials.app;
    credentials.app_key =
        rsa_key::from_certificate(app.app_certificate, prefix + "app_certificate_file");
    credentials.app_cert_sn = certificate_sn(app.app_certificate, prefix + "app_certificate_file");
    credentials.root_cert_sn = root_certificate_sn(app.root_certificates);
    credentials.platform_cert_sn =
        certificate_sn(app.platform_certificate, prefix + "alipay_certificate_file");
    credentials.certificates[credentials.platform_cert_sn] = app.platform_certificate;
    for (const std::string& pem : app.downloadable_certificates) {
        credentials.certificates[certificate_sn(pem, prefix + "downloadable_certificate_files")] =
            pem;
    }
}

void load_aes_key(alipay_credentials& credentials, const std::string& prefix) {
    const auto key = base64_decode(credentials.app.encrypt_key);
    if (!key || (key->size() != 16 && key->size() != 24 && key->size() != 32)) {
        throw std::runtime_error(prefix + "encrypt_key is not base64 of 16, 24 or 32 bytes");
    }
    credentials.aes_key = *key;
}

}  // namespace

alipay_credentials load_alipay_credentials(const alipay_app& app) {
    const std::string prefix = "alipay app " + app.app_id + ": ";
    alipay_credentials credentials{
        .app = app,
        .platform_key =
            rsa_key::private_from_pem(app.platform_private_key, prefix + "alipay_private_key_file"),
        .app_key = std::nullopt,
        .app_cert_sn = {},
        .root_cert_sn = {},
        .platform_cert_sn = {},
        .certificates = {},
        .aes_key = {},
    };
    if (!app.app_certificate.empty()) {
        load_certificates(credentials, prefix);
    } else if (!app.app_public_key.empty()) {
        credentials.app_key =
            rsa_key::public_from_pem(app.app_public_key, prefix + "app_public_key_file");
    }
    if (!app.encrypt_key.empty()) {
        load_aes_key(credentials, prefix);
    }
    return credentials;
}

}  // namespace simulator
