#include "platform_clients/alipay/credentials.hpp"

#include <gtest/gtest.h>

#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using testing::vector_path;

constexpr std::chrono::system_clock::time_point made_at =
    std::chrono::sys_days(std::chrono::March / 1 / 2027);

config::alipay_settings key_mode() {
    config::alipay_settings settings;
    settings.app_id = "2021000000000001";
    settings.private_key_file = vector_path("keys/app_private_pkcs1.b64.txt");
    settings.alipay_public_key_file = vector_path("keys/alipay_public_spki.pem");
    return settings;
}

config::alipay_settings certificate_mode() {
    auto settings = key_mode();
    settings.alipay_public_key_file.clear();
    settings.app_certificate_file = vector_path("cert/appCertPublicKey.crt");
    settings.alipay_certificate_file = vector_path("cert/alipayCertPublicKey_RSA2.crt");
    settings.alipay_root_certificate_file = vector_path("cert/alipayRootCert.crt");
    return settings;
}

TEST(AlipayCredentials, ReadsPublicKeyModeAndSaysWhatItFound) {
    const auto reading = read_credentials(key_mode(), made_at);
    EXPECT_TRUE(reading.faults.empty()) << reading.faults.front();
    ASSERT_TRUE(reading.read);
    EXPECT_EQ(reading.read->app_id, "2021000000000001");
    EXPECT_FALSE(reading.read->certificates);
    EXPECT_FALSE(reading.read->cipher);
    EXPECT_EQ(
        reading.found,
        (std::vector<std::string>{
            "private_key_file: PKCS#1, bare base64 in one line, 2048 bits",
            "alipay_public_key_file: SPKI, PEM, 2048 bits"
        })
    );
}

TEST(AlipayCredentials, ReadsCertificateModeAndPrintsSerialNumbersAndDates) {
    const auto reading = read_credentials(certificate_mode(), made_at);
    EXPECT_TRUE(reading.faults.empty()) << reading.faults.front();
    ASSERT_TRUE(reading.read && reading.read->certificates);
    EXPECT_EQ(
        reading.found,
        (std::vector<std::string>{
            "private_key_file: PKCS#1, bare base64 in one line, 2048 bits",
            "app certificate: serial number 2024010203040506070809, SN "
            "fecaa038ad922aaf1c102e50976bb8bf, valid until 2126-10-29",
            "alipay certificate: serial number F1E2D3C4B5A6978877665544332211, SN "
            "c1014b8d048c7d46ef66613395e7faf2, valid until 2126-10-29",
            "alipay_root_cert_sn: "
            "9a86fd65a625e2b0eb435a4410885055_0023629e0b567d46f6148831132b13a6"
        })
    );
}

TEST(AlipayCredentials, SaysWhichCertificateHasExpired) {
    const auto reading = read_credentials(certificate_mode(), made_at + std::chrono::years(100));
    EXPECT_TRUE(reading.faults.empty()) << reading.faults.front();
    EXPECT_EQ(
        reading.found[1],
        "app certificate: serial number 2024010203040506070809, SN "
        "fecaa038ad922aaf1c102e50976bb8bf, EXPIRED on 2126-10-29"
    );
}

TEST(AlipayCredentials, ReadsTheOptionalFiles) {
    auto settings = key_mode();
    settings.encrypt_key_file = vector_path("keys/aes_key.b64.txt");
    settings.app_auth_token_file = vector_path("keys/aes_key.b64.txt");
    const auto reading = read_credentials(settings, made_at);
    ASSERT_TRUE(reading.read);
    EXPECT_TRUE(reading.read->cipher);
    EXPECT_EQ(reading.read->app_auth_token.reveal(), "AAECAwQFBgcICQoLDA0ODw==");
}

TEST(AlipayCredentials, NamesEveryFaultWithItsSetting) {
    const auto with = [](auto change) {
        auto settings = key_mode();
        change(settings);
        return settings;
    };
    const auto with_certificates = [](auto change) {
        auto settings = certificate_mode();
        change(settings);
        return settings;
    };
    const struct {
        const char* name;
        config::alipay_settings settings;
        std::vector<const char*> says;
    } rows[] = {
        {"missing files",
         with([](auto& s) { s.private_key_file = s.encrypt_key_file = "/nowhere/key"; }),
         {"private_key_file: a file in a missing folder", "encrypt_key_file: a file in a missing"}},
        {"keys swapped",
         with([](auto& s) { std::swap(s.private_key_file, s.alipay_public_key_file); }),
         {"holds a public key", "holds a private key"}},
        {"the app's own key given as Alipay's",
         with([](auto& s) { s.alipay_public_key_file = vector_path("keys/app_public_spki.pem"); }),
         {"the application's own"}},
        {"keys too short for RSA2",
         with([](auto& s) { s.private_key_file = vector_path("keys/legacy1024_private_pkcs8.pem"); }
         ),
         {"1024 bits; sign_type RSA2 needs at least 2048"}},
        {"an AES key that is none",
         with([](auto& s) { s.encrypt_key_file = vector_path("keys/app_public_spki.pem"); }),
         {"encrypt_key_file: /"}},
        {"a token of many lines",
         with([](auto& s) { s.app_auth_token_file = vector_path("keys/app_public_spki.pem"); }),
         {"app_auth_token_file: /"}},
        {"another app's certificate",
         with_certificates([](auto& s) {
             s.app_certificate_file = vector_path("cert/alipay_leaf.crt");
         }),
         {"is not the certificate of the private key"}},
        {"the app's own key, and other faults beside it",
         with([](auto& s) {
             s.alipay_public_key_file = vector_path("keys/app_public_spki.pem");
             s.app_auth_token_file = "/nowhere/token";
         }),
         {"app_auth_token_file: a file in a missing folder", "the application's own"}},
        {"three files of certificate mode, each with its own trouble",
         with_certificates([](auto& s) {
             s.app_certificate_file = vector_path("cert/alipay_leaf.crt");
             s.alipay_certificate_file = "/nowhere/alipay.crt";
             s.alipay_root_certificate_file = vector_path("cert/rootEC.crt");
         }),
         {"alipay_certificate_file: a file in a missing folder",
          "alipay_root_certificate_file: /",
          "is not the certificate of the private key"}},
        {"the app's certificate given as Alipay's",
         with_certificates([](auto& s) { s.alipay_certificate_file = s.app_certificate_file; }),
         {"the application's own"}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto reading = read_credentials(row.settings, made_at);
        EXPECT_FALSE(reading.read);
        ASSERT_EQ(reading.faults.size(), row.says.size());
        for (std::size_t i = 0; i < row.says.size(); ++i) {
            EXPECT_NE(reading.faults[i].find(row.says[i]), std::string::npos) << reading.faults[i];
        }
    }
}

}  // namespace
}  // namespace gateway::alipay
