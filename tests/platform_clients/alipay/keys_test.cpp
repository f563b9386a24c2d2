#include "platform_clients/alipay/keys.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "platform_clients/alipay/signature.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using testing::vector_file;

std::string with_crlf(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += c == '\n' ? "\r\n" : std::string(1, c);
    }
    return out;
}

std::string in_one_line(std::string pem) {
    std::erase(pem, '\n');
    return pem;
}

std::string wrapped(const std::string& base64) {
    std::string out;
    for (std::size_t i = 0; i < base64.size(); i += 64) {
        out += base64.substr(i, 64) + "\n";
    }
    return out;
}

std::string blank_line_before_end(std::string pem) {
    pem.insert(pem.find("-----END"), "\n");
    return pem;
}

// One key in every outfit a person may hand over.
std::vector<std::pair<std::string, std::string>> outfits(
    const std::string& pem_name, const std::string& bare_name
) {
    const auto pem = vector_file("keys/" + pem_name);
    const auto bare = vector_file("keys/" + bare_name);
    return {
        {pem_name, pem},
        {pem_name + " with CRLF", with_crlf(pem)},
        {pem_name + " in one line", in_one_line(pem)},
        {pem_name + " with a blank line before END", blank_line_before_end(pem)},
        {pem_name + " with words around it", "my key\n" + pem + "\nthe end\n"},
        {pem_name + " without a last line break", pem.substr(0, pem.size() - 1)},
        {bare_name, bare},
        {bare_name + " wrapped", wrapped(bare)},
        {bare_name + " wrapped with CRLF", with_crlf(wrapped(bare))},
        {bare_name + " with a byte order mark", "\xEF\xBB\xBF" + bare},
    };
}

template <class Key>
std::string fault_of(const key_reading<Key>& reading) {
    const auto* fault = std::get_if<key_fault>(&reading);
    return fault ? fault->what : "no fault";
}

std::string fresh_ec_key() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    EVP_PKEY_free(key);
    return pem;
}

TEST(AlipayKeys, ReadsAPrivateKeyInEveryOutfit) {
    auto all = outfits("app_private_pkcs8.pem", "app_private_pkcs8.b64.txt");
    const auto more = outfits("app_private_pkcs1.pem", "app_private_pkcs1.b64.txt");
    all.insert(all.end(), more.begin(), more.end());
    for (const auto& [name, text] : all) {
        SCOPED_TRACE(name);
        const auto reading = read_private_key(text, sign_type::rsa2);
        const auto* found = std::get_if<found_key<private_key>>(&reading);
        ASSERT_TRUE(found) << fault_of(reading);
        EXPECT_EQ(
            sign(found->key, sign_type::rsa2, vector_file("request/rsa2_utf8/string_to_sign.txt")),
            vector_file("request/rsa2_utf8/sign.b64.txt")
        );
        const bool pkcs8 = name.find("pkcs8") != std::string::npos;
        EXPECT_TRUE(found->format.starts_with(pkcs8 ? "PKCS#8, " : "PKCS#1, ")) << found->format;
        EXPECT_TRUE(found->format.ends_with(", 2048 bits")) << found->format;
    }
}

TEST(AlipayKeys, ReadsAPublicKeyInEveryOutfit) {
    auto all = outfits("alipay_public_spki.pem", "alipay_public_spki.b64.txt");
    all.emplace_back("PKCS#1", vector_file("keys/alipay_public_pkcs1.pem"));
    all.emplace_back("PKCS#1 with CRLF", with_crlf(vector_file("keys/alipay_public_pkcs1.pem")));
    all.emplace_back("a certificate", vector_file("cert/alipay_leaf.crt"));
    all.emplace_back("a bundle", vector_file("cert/alipayCertPublicKey_RSA2.crt"));
    const auto signature = sign(testing::alipay_signing_key(), sign_type::rsa2, "text");
    for (const auto& [name, text] : all) {
        SCOPED_TRACE(name);
        const auto reading = read_public_key(text, sign_type::rsa2);
        const auto* found = std::get_if<found_key<public_key>>(&reading);
        ASSERT_TRUE(found) << fault_of(reading);
        EXPECT_TRUE(verify(found->key, sign_type::rsa2, "text", *signature));
    }
}

TEST(AlipayKeys, TheDerInsideDecidesNotTheBeginLine) {
    auto text = vector_file("keys/app_private_pkcs8.pem");
    for (const auto* mark : {"BEGIN", "END"}) {
        text.insert(text.find(mark) + std::string(mark).size() + 1, "RSA ");
    }
    const auto reading = read_private_key(text, sign_type::rsa2);
    EXPECT_TRUE(std::holds_alternative<found_key<private_key>>(reading)) << fault_of(reading);
}

TEST(AlipayKeys, SaysWhatIsWrongWithAPrivateKeyInOneSentence) {
    const auto whole = vector_file("keys/app_private_pkcs8.pem");
    const struct {
        const char* name;
        std::string text;
        const char* says;
    } rows[] = {
        {"empty", " \r\n", "is empty"},
        {"a public key", vector_file("keys/app_public_spki.pem"), "holds a public key"},
        {"a PKCS#1 public key", vector_file("keys/app_public_pkcs1.pem"), "holds a public key"},
        {"a certificate", vector_file("cert/appCertPublicKey.crt"), "holds a certificate"},
        {"an EC key", fresh_ec_key(), "holds a key of type EC"},
        {"too short", vector_file("keys/legacy1024_private_pkcs8.pem"), "1024 bits"},
        {"cut off", whole.substr(0, whole.size() / 2), "without its END line"},
        {"a character lost", std::string(whole).erase(100, 1), "isn't valid base64"},
        {"no key", "aGVsbG8=", "neither a PKCS#8 nor a PKCS#1"},
        {"not base64", "my password", "neither PEM nor base64"},
        {"with a passphrase",
         "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n",
         "passphrase"},
        {"with an old-style passphrase",
         "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE\n"
         "-----END RSA PRIVATE KEY-----\n",
         "passphrase"},
    };
    for (const auto& row : rows) {
        const auto what = fault_of(read_private_key(row.text, sign_type::rsa2));
        EXPECT_NE(what.find(row.says), std::string::npos) << row.name << ": " << what;
    }
}

TEST(AlipayKeys, SaysWhatIsWrongWithAlipaysKeyInOneSentence) {
    const struct {
        const char* name;
        std::string text;
        const char* says;
    } rows[] = {
        {"a private key", vector_file("keys/alipay_private_pkcs1.pem"), "holds a private key"},
        {"an EC certificate", vector_file("cert/rootEC.crt"), "holds a key of type EC"},
        {"too short", vector_file("keys/legacy1024_public_spki.pem"), "1024 bits"},
        {"no key", "aGVsbG8=", "neither a public key nor a certificate"},
    };
    for (const auto& row : rows) {
        const auto what = fault_of(read_public_key(row.text, sign_type::rsa2));
        EXPECT_NE(what.find(row.says), std::string::npos) << row.name << ": " << what;
    }
}

TEST(AlipayKeys, TakesShortKeysOnlyWithTheOldSignType) {
    const auto own =
        read_private_key(vector_file("keys/legacy1024_private_pkcs8.pem"), sign_type::rsa);
    EXPECT_TRUE(std::holds_alternative<found_key<private_key>>(own)) << fault_of(own);
    const auto other =
        read_public_key(vector_file("keys/legacy1024_public_spki.pem"), sign_type::rsa);
    EXPECT_TRUE(std::holds_alternative<found_key<public_key>>(other)) << fault_of(other);
}

TEST(AlipayKeys, ProvesAKeyThatCanWork) {
    for (const auto type : {sign_type::rsa, sign_type::rsa2}) {
        const auto broken = prove_key(testing::app_key(), type);
        EXPECT_FALSE(broken) << broken->what;
    }
}

TEST(AlipayKeys, DistinguishesTheApplicationsOwnKeyFromAlipays) {
    for (const auto* name : {"keys/app_public_spki.pem", "cert/appCertPublicKey.crt"}) {
        const auto reading = read_public_key(vector_file(name), sign_type::rsa2);
        EXPECT_TRUE(
            belong_together(testing::app_key(), std::get<found_key<public_key>>(reading).key)
        ) << name;
    }
    EXPECT_FALSE(belong_together(testing::app_key(), testing::alipay_key()));
}

TEST(AlipaySignature, HoldsOnlyForItsTextItsHashAndItsKey) {
    const auto signature = *sign(testing::alipay_signing_key(), sign_type::rsa2, "text");
    const auto key = testing::alipay_key();
    EXPECT_TRUE(verify(key, sign_type::rsa2, "text", signature));
    EXPECT_FALSE(verify(key, sign_type::rsa2, "texT", signature));
    EXPECT_FALSE(verify(key, sign_type::rsa, "text", signature));
    const auto other = read_public_key(vector_file("keys/app_public_spki.pem"), sign_type::rsa2);
    EXPECT_FALSE(
        verify(std::get<found_key<public_key>>(other).key, sign_type::rsa2, "text", signature)
    );
}

TEST(AlipaySignature, TakesOnlyStrictBase64) {
    const auto signature = *sign(testing::alipay_signing_key(), sign_type::rsa2, "text");
    const auto key = testing::alipay_key();
    const struct {
        const char* name;
        std::string text;
    } rows[] = {
        {"empty", ""},
        {"a space in front", " " + signature},
        {"a line break behind", signature + "\n"},
        {"a line break within", std::string(signature).insert(64, "\n")},
        {"padding gone", signature.substr(0, signature.find('='))},
        {"padding doubled", signature + "===="},
        {"not base64", std::string(signature).replace(10, 1, "-")},
        {"something behind", signature + "AAAA"},
    };
    for (const auto& row : rows) {
        EXPECT_FALSE(verify(key, sign_type::rsa2, "text", row.text)) << row.name;
    }
}

}  // namespace
}  // namespace gateway::alipay
