#include "platform_clients/alipay/certificates.hpp"

#include <gtest/gtest.h>

#include "platform_clients/alipay/certificate_sn.hpp"
#include "platform_clients/alipay/distinguished_name.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using namespace std::chrono;
using testing::vector_file;

// Within the validity of the certificates made for tests.
constexpr system_clock::time_point pinned = sys_days(March / 1 / 2027);

std::vector<der_block> blocks_of(const std::string& text) {
    auto armour = read_armour(text);
    EXPECT_TRUE(std::holds_alternative<std::vector<der_block>>(armour));
    return std::get<std::vector<der_block>>(std::move(armour));
}

std::string cert(const std::string& name) {
    return vector_file("cert/" + name + ".crt");
}

std::string sn_of(const std::string& text) {
    return certificate_sn(blocks_of(text).front().der).value_or("none");
}

certificates_reading read(
    const std::string& app = cert("appCertPublicKey"),
    const std::string& alipay = cert("alipayCertPublicKey_RSA2"),
    const std::string& roots = cert("alipayRootCert")
) {
    return read_certificates({app, alipay, roots}, sign_type::rsa2);
}

TEST(AlipayCertificateSn, MatchesEveryVector) {
    const struct {
        const char* name;
        const char* sn;
    } rows[] = {
        {"appCertPublicKey", "fecaa038ad922aaf1c102e50976bb8bf"},
        {"alipayCertPublicKey_RSA2", "c1014b8d048c7d46ef66613395e7faf2"},
        {"rootA", "9a86fd65a625e2b0eb435a4410885055"},
        {"rootB", "0023629e0b567d46f6148831132b13a6"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(sn_of(cert(row.name)), row.sn) << row.name;
    }
    EXPECT_EQ(
        root_certificate_sn(blocks_of(cert("alipayRootCert"))),
        "9a86fd65a625e2b0eb435a4410885055_0023629e0b567d46f6148831132b13a6"
    );
    EXPECT_EQ(
        root_certificate_sn(blocks_of(cert("alipayRootCert_with_pss"))),
        "9a86fd65a625e2b0eb435a4410885055_9b7d43f2d8ce0fec090a9989a587ce4a_"
        "0023629e0b567d46f6148831132b13a6"
    );
}

TEST(AlipayCertificateSn, IsTheJdksForAwkwardIssuersAndSerialNumbers) {
    const auto rows = testing::vector_json("cert/awkward/jdk17.json");
    ASSERT_GE(rows.as_array().size(), 23U);
    for (const auto& row : rows.as_array()) {
        const std::string name(row.at("name").as_string());
        EXPECT_EQ(sn_of(cert("awkward/" + name)), row.at("sn").as_string())
            << name << ": " << row.at("issuer").as_string();
    }
}

TEST(AlipayCertificateSn, OnlyTheRsaFamilyCountsInABundleInFileOrder) {
    const auto rows = testing::vector_json("cert/awkward/jdk17.json");
    std::string bundle;
    std::string expected;
    for (const auto& row : rows.as_array()) {
        bundle += "some words\r\n" + cert("awkward/" + std::string(row.at("name").as_string()));
        if (row.at("algorithm").as_string().starts_with("1.2.840.113549.1.1")) {
            expected += (expected.empty() ? "" : "_") + std::string(row.at("sn").as_string());
        }
    }
    bundle += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    EXPECT_EQ(root_certificate_sn(blocks_of(bundle)), expected);
}

TEST(AlipayCertificateSn, BytesThatAreNoCertificateHaveNone) {
    const auto whole = blocks_of(cert("appCertPublicKey")).front().der;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(certificate_sn(whole.substr(0, length))) << length;
    }
    for (const auto* bytes : {"\x30", "\x30\x80", "\x30\x84\xFF\xFF\xFF\xFF", "\x1F\x81"}) {
        EXPECT_FALSE(certificate_sn(bytes));
    }
}

TEST(AlipayCertificateSn, AnOidIsWrittenInDots) {
    EXPECT_EQ(oid_text("\x55\x04\x03"), "2.5.4.3");
    EXPECT_EQ(oid_text("\x88\x37\x01"), "2.999.1");
    EXPECT_EQ(oid_text(""), std::nullopt);
    EXPECT_EQ(oid_text("\x55\x84"), std::nullopt) << "ends within a number";
    EXPECT_EQ(oid_text(std::string(20, '\xFF') + '\x01'), std::nullopt) << "beyond 64 bits";
}

TEST(AlipayCertificates, ReadsTheThreeFiles) {
    const auto reading = read();
    EXPECT_TRUE(reading.faults.empty()) << reading.faults.front().what;
    EXPECT_EQ(reading.set.app_sn, "fecaa038ad922aaf1c102e50976bb8bf");
    EXPECT_EQ(reading.set.alipay_sn, "c1014b8d048c7d46ef66613395e7faf2");
    EXPECT_EQ(reading.set.roots.size(), 3U);
    EXPECT_EQ(reading.set.intermediates.size(), 1U);
    EXPECT_TRUE(belong_together(testing::app_key(), reading.app));
    EXPECT_TRUE(belong_together(testing::alipay_signing_key(), reading.alipays));
    ASSERT_EQ(reading.set.facts.size(), 5U);
    EXPECT_EQ(reading.set.facts[2].role, "alipay_root");
    EXPECT_EQ(reading.set.facts[1].role, "alipay");
    EXPECT_EQ(reading.set.facts[1].sn, reading.set.alipay_sn);
    EXPECT_EQ(reading.set.facts[1].not_after, sys_days(October / 29 / 2126) + 1h + 43min + 36s);
}

TEST(AlipayCertificates, NamesTheFileAndWhatIsWrongWithIt) {
    const auto key = vector_file("keys/app_private_pkcs8.pem");
    const struct {
        const char* name;
        certificates_reading reading;
        const char* setting;
        const char* says;
    } rows[] = {
        {"a key for the app's", read(key), "app_certificate_file", "holds no certificate"},
        {"white space for Alipay's",
         read(cert("appCertPublicKey"), " \n"),
         "alipay_certificate_file",
         "is empty"},
        {"an EC certificate",
         read(cert("appCertPublicKey"), cert("rootEC")),
         "alipay_certificate_file",
         "holds a key of type EC"},
        {"a short key",
         read(cert("rotation/small_leaf")),
         "app_certificate_file",
         "holds a key of 1024 bits"},
        {"roots without RSA",
         read(cert("appCertPublicKey"), cert("alipay_leaf"), cert("rootEC")),
         "alipay_root_certificate_file",
         "holds no certificate with an RSA signature"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        ASSERT_EQ(row.reading.faults.size(), 1U);
        EXPECT_EQ(row.reading.faults[0].setting, row.setting);
        EXPECT_TRUE(row.reading.faults[0].what.starts_with(row.says)) << row.reading.faults[0].what;
    }
}

TEST(AlipayCertificates, ReadsTheOthersWhenOneIsNotThere) {
    const auto reading = read("", cert("appCertPublicKey"), cert("rootEC"));
    ASSERT_EQ(reading.faults.size(), 1U) << "the caller names the missing one";
    EXPECT_EQ(reading.faults[0].setting, "alipay_root_certificate_file");
    EXPECT_FALSE(reading.app.get());
    EXPECT_TRUE(reading.alipays.get());
}

std::string why_not(const std::string& text, system_clock::time_point now = pinned) {
    const auto set = read().set;
    const auto trusted = trust_certificate(set, sn_of(text), text, sign_type::rsa2, now);
    const auto* what = std::get_if<std::string>(&trusted);
    return what ? *what : "trusted";
}

TEST(AlipayCertificates, TrustsOnlyAChainToTheConfiguredRoots) {
    const struct {
        const char* name;
        std::string text;
        const char* says;
    } rows[] = {
        {"its configured issuer", cert("rotation/next_leaf"), "trusted"},
        {"an issuer that comes along",
         cert("rotation/next_issuer_leaf") + cert("rotation/next_issuer"),
         "trusted"},
        {"its issuer unknown", cert("rotation/next_issuer_leaf"), "unable to get"},
        {"its issuer no CA",
         cert("rotation/plain_issuer_leaf") + cert("rotation/plain_issuer"),
         "invalid CA"},
        {"a merchant for an issuer",
         cert("rotation/merchant_leaf") + cert("appCertPublicKey"),
         "invalid CA"},
        {"a root of the same name", cert("rotation/foreign_leaf"), "unable to get"},
        {"and that root along",
         cert("rotation/foreign_leaf") + cert("rotation/foreign_root"),
         "self-signed"},
        {"a short key", cert("rotation/small_leaf"), "1024 bits"},
        {"over", cert("rotation/short_leaf"), "expired"},
    };
    for (const auto& row : rows) {
        const auto what = why_not(row.text);
        EXPECT_NE(what.find(row.says), std::string::npos) << row.name << ": " << what;
    }
}

TEST(AlipayCertificates, ValidityIsJudgedAtTheGivenTime) {
    const auto text = cert("rotation/short_leaf");
    EXPECT_EQ(why_not(text, sys_days(November / 22 / 2026) + 12h), "trusted");
    EXPECT_NE(why_not(text, sys_days(November / 21 / 2026)), "trusted");
}

TEST(AlipayCertificates, TrustsOnlyTheOneAskedFor) {
    const auto set = read().set;
    const auto trusted = trust_certificate(
        set, std::string(32, 'a'), cert("rotation/next_leaf"), sign_type::rsa2, pinned
    );
    EXPECT_TRUE(std::holds_alternative<std::string>(trusted));
}

}  // namespace
}  // namespace gateway::alipay
