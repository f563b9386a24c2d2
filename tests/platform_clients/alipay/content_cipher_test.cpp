#include "platform_clients/alipay/content_cipher.hpp"

#include <gtest/gtest.h>

#include "tests/platform_clients/alipay/vectors.hpp"
#include "text/base64.hpp"

namespace gateway::alipay {
namespace {

content_cipher cipher_of(std::string_view key) {
    return std::get<content_cipher>(content_cipher::from_key(key));
}

TEST(AlipayContentCipher, MatchesEveryVectorBothWays) {
    const auto vectors = testing::vector_json("aes/vectors.json");
    for (const auto& row : vectors.as_array()) {
        SCOPED_TRACE(row.at("name").as_string());
        const auto cipher = cipher_of(row.at("key_b64").as_string());
        const std::string plain(row.at("plaintext").as_string());
        const std::string encrypted(row.at("ciphertext_b64").as_string());
        EXPECT_EQ(cipher.encrypt(plain), encrypted);
        EXPECT_EQ(cipher.decrypt(encrypted), plain);
    }
}

TEST(AlipayContentCipher, RefusesWhatItDidNotEncrypt) {
    const auto cipher = cipher_of("AAECAwQFBgcICQoLDA0ODw==");
    const auto good = cipher.encrypt("0123456789abcdef");
    EXPECT_EQ(cipher.decrypt(""), std::nullopt);
    EXPECT_EQ(cipher.decrypt("AAAA"), std::nullopt) << "no whole block";
    EXPECT_EQ(cipher.decrypt(good + "\n"), std::nullopt) << "no strict base64";
    const auto first_block = text::base64_decode(good)->substr(0, 16);
    EXPECT_EQ(cipher.decrypt(text::base64_encode(first_block)), std::nullopt) << "padding cut off";
}

TEST(AlipayContentCipher, TakesKeysOf16And32BytesAndNamesTheOthers) {
    EXPECT_EQ(cipher_of(" AAECAwQFBgcICQoLDA0ODw==\r\n").decrypt("XjROMe16mC4WGbUXWRQLQA=="), "{}");
    const auto long_key = cipher_of(text::base64_encode(std::string(32, 'k')));
    EXPECT_EQ(long_key.decrypt(long_key.encrypt("text")), "text");
    const struct {
        std::string key;
        const char* says;
    } rows[] = {
        {"  ", "empty"},
        {"not base64!", "base64"},
        {text::base64_encode(std::string(24, 'k')), "24 bytes"},
        {text::base64_encode("k"), "1 bytes"},
    };
    for (const auto& row : rows) {
        const auto made = content_cipher::from_key(row.key);
        const auto* what = std::get_if<std::string>(&made);
        ASSERT_TRUE(what) << row.key;
        EXPECT_NE(what->find(row.says), std::string::npos) << *what;
    }
}

}  // namespace
}  // namespace gateway::alipay
