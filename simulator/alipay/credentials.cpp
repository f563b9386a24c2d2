#include "simulator/alipay/credentials.hpp"

#include <stdexcept>

#include "simulator/base64.hpp"
#include "simulator/certificate.hpp"

namespace simulator {

namespace {

void load_certificates(alipay_party& party, const std::string& who) {
    const alipay_app& app = party.app;
    party.app_key = rsa_key::from_certificate(app.app_certificate, who + "app_certificate_file");
    party.app_cert_sn = certificate_sn(app.app_certificate, who + "app_certificate_file");
    party.root_cert_sn = root_certificate_sn(app.root_certificates);
    party.platform_cert_sn =
        certificate_sn(app.platform_certificate, who + "alipay_certificate_file");
    party.certificates[party.platform_cert_sn] = app.platform_certificate;
    for (const std::string& pem : app.downloadable_certificates) {
        party.certificates[certificate_sn(pem, who + "downloadable_certificate_files")] = pem;
    }
}

void load_aes_key(alipay_party& party, const std::string& who) {
    const auto key = base64_decode(party.app.encrypt_key);
    if (!key || (key->size() != 16 && key->size() != 24 && key->size() != 32)) {
        throw std::runtime_error(who + "encrypt_key is not base64 of 16, 24 or 32 bytes");
    }
    party.aes_key = *key;
}

}  // namespace

alipay_party load_alipay_party(const alipay_app& app) {
    const std::string who = "alipay app " + app.app_id + ": ";
    alipay_party party{
        .app = app,
        .platform_key =
            rsa_key::private_from_pem(app.platform_private_key, who + "alipay_private_key_file"),
        .app_key = std::nullopt,
        .app_cert_sn = {},
        .root_cert_sn = {},
        .platform_cert_sn = {},
        .certificates = {},
        .aes_key = {},
    };
    if (!app.app_certificate.empty()) {
        load_certificates(party, who);
    } else if (!app.app_public_key.empty()) {
        party.app_key = rsa_key::public_from_pem(app.app_public_key, who + "app_public_key_file");
    }
    if (!app.encrypt_key.empty()) {
        load_aes_key(party, who);
    }
    return party;
}

}  // namespace simulator
