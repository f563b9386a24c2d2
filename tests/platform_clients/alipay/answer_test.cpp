#include "platform_clients/alipay/answer.hpp"

#include <gtest/gtest.h>

#include "platform_clients/alipay/methods.hpp"
#include "platform_clients/alipay/signature.hpp"
#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

using testing::signed_body;
using testing::stock_use_node;
using testing::vector_file;
using testing::vector_json;

content_cipher vector_cipher() {
    return std::get<content_cipher>(content_cipher::from_key(vector_file("keys/aes_key.b64.txt")));
}

// Opens and reads as an account would. `cipher` may be null.
answer answer_to(
    std::string body,
    charset declared = charset::utf_8,
    const content_cipher* cipher = nullptr,
    sign_type type = sign_type::rsa2
) {
    auto opening = open_answer(std::move(body), stock_use_node, declared);
    if (auto* final_answer = std::get_if<answer>(&opening)) {
        return std::move(*final_answer);
    }
    return read_answer(std::get<opened_answer>(opening), testing::alipay_key(), type, cipher);
}

// The manifest's name for what an answer turned out to be.
std::string name_for(const answer& received) {
    if (std::holds_alternative<malformed_answer>(received)) {
        return "malformed";
    }
    if (std::holds_alternative<rejected_answer>(received)) {
        return "reject";
    }
    if (std::holds_alternative<unsigned_answer>(received)) {
        return why_not_trusted(*methods().front(), received) ? "reject" : "unsigned-error";
    }
    const auto& verified = std::get<verified_answer>(received);
    if (verified.slashes_unescaped) {
        return "policy";
    }
    const auto* id = verified.node.members.if_contains("voucher_id");
    const bool redeemed = id && id->is_string() && id->get_string() == testing::voucher_id;
    return verified.node.code == "10000" && !redeemed ? "accept-not-redeemed" : "accept";
}

TEST(AlipayAnswer, EveryVectorGetsTheManifestsVerdict) {
    const auto cipher = vector_cipher();
    const auto manifest = vector_json("response/manifest.json");
    ASSERT_GE(manifest.get_array().size(), 25U);
    for (const auto& row : manifest.get_array()) {
        const std::string name(row.at("name").as_string());
        SCOPED_TRACE(name);
        const bool gbk = row.at("content_type").as_string().find("GBK") != std::string::npos;
        const auto* key = row.at("encrypted").as_bool() ? &cipher : nullptr;
        const auto received = answer_to(
            vector_file("response/" + name + ".body"), gbk ? charset::gbk : charset::utf_8, key
        );
        EXPECT_EQ(name_for(received), row.at("expected").as_string());
    }
}

TEST(AlipayAnswer, GbkBodiesAreReadAlthoughUtf8WasDeclared) {
    const auto signed_one = answer_to(vector_file("response/22_gbk_body_signed.body"));
    EXPECT_EQ(std::get<verified_answer>(signed_one).node.sub_msg, "系统繁忙");
    const auto hint = answer_to(vector_file("response/23_gbk_body_unsigned_declared_utf8.body"));
    EXPECT_EQ(std::get<unsigned_answer>(hint).node.sub_msg, "系统繁忙");
    const auto trail = answer_to(vector_file("response/31_gbk_trail_byte_5c.body"));
    EXPECT_EQ(name_for(trail), "accept");
}

TEST(AlipayAnswer, Utf8BodiesAreReadAlthoughGbkWasDeclared) {
    // "中\"": in GBK the last byte of the character would swallow the backslash.
    for (const auto* words : {"系统繁忙", "中", "中\\\"", "中\\\\"}) {
        SCOPED_TRACE(words);
        const auto node = R"({"code":"40004","sub_msg":")" + std::string(words) + "\"}";
        const auto received = answer_to(signed_body(node), charset::gbk);
        EXPECT_EQ(name_for(received), "accept");
    }
}

TEST(AlipayAnswer, GbkTrailBytesThatLookLikeJsonAreNotTakenForIt) {
    // GBK characters whose second byte is \ { } [ ] , each at the end of a string.
    for (const char trail : {'\x5C', '\x7B', '\x7D', '\x5B', '\x5D'}) {
        const std::string character{'\x81', trail};
        const auto node = R"({"code":"40004","sub_msg":")" + character + "\"}";
        const auto received = answer_to(signed_body(node), charset::gbk);
        EXPECT_EQ(name_for(received), "accept") << trail;
    }
}

TEST(AlipayAnswer, DecryptsWhatWasVerifiedWithItsQuotes) {
    const auto cipher = vector_cipher();
    const auto received =
        answer_to(vector_file("response/25_encrypted_node.body"), charset::utf_8, &cipher);
    const auto& node = std::get<verified_answer>(received).node;
    EXPECT_EQ(node.code, "10000");
    EXPECT_EQ(node.members.at("voucher_id").as_string(), testing::voucher_id);
}

TEST(AlipayAnswer, TakesAPlainNodeFromAnAppThatEncrypts) {
    const auto cipher = vector_cipher();
    const auto received =
        answer_to(vector_file("response/04_signed_business_error.body"), charset::utf_8, &cipher);
    EXPECT_EQ(name_for(received), "accept");
}

TEST(AlipayAnswer, RefusesEncryptedContentItCannotRead) {
    const auto cipher = vector_cipher();
    const auto other =
        std::get<content_cipher>(content_cipher::from_key("AAAAAAAAAAAAAAAAAAAAAA=="));
    const auto body = vector_file("response/25_encrypted_node.body");
    EXPECT_EQ(name_for(answer_to(body)), "reject") << "no key configured";
    EXPECT_EQ(name_for(answer_to(body, charset::utf_8, &other)), "reject") << "another key";
    const auto not_an_object = signed_body('"' + cipher.encrypt("[1]") + '"');
    EXPECT_EQ(name_for(answer_to(not_an_object, charset::utf_8, &cipher)), "reject");
}

TEST(AlipayAnswer, AnEncryptedAnswerWithoutASignatureIsNoSuccess) {
    const auto cipher = vector_cipher();
    const auto body = [&](std::string_view content) {
        return "{\"" + std::string(stock_use_node) + "\":\"" + cipher.encrypt(content) + "\"}";
    };
    const auto success = answer_to(
        body(R"({"code":"10000","voucher_id":"0156468653835689006788030091"})"),
        charset::utf_8,
        &cipher
    );
    EXPECT_EQ(name_for(success), "reject");
    const auto error =
        answer_to(body(R"({"code":"40002","sub_code":"x"})"), charset::utf_8, &cipher);
    EXPECT_EQ(name_for(error), "unsigned-error");
}

TEST(AlipayAnswer, TheHashIsTheConfiguredOneInBothDirections) {
    const auto sha256 = vector_file("response/01_sign_last.body");
    const auto sha1 = vector_file("response/17_sha1_signature.body");
    EXPECT_EQ(name_for(answer_to(sha1, charset::utf_8, nullptr, sign_type::rsa)), "accept");
    EXPECT_EQ(name_for(answer_to(sha256, charset::utf_8, nullptr, sign_type::rsa)), "reject");
}

TEST(AlipayAnswer, ASignedErrorResponseIsAnError) {
    const auto received = answer_to(
        signed_body(R"({"code":"40002","sub_code":"isv.invalid-signature"})", "error_response")
    );
    const auto& node = std::get<verified_answer>(received).node;
    EXPECT_TRUE(node.error_response);
    EXPECT_EQ(node.sub_code, "isv.invalid-signature");
}

TEST(AlipayAnswer, NamesRepeatedInsideTheNodeAreNotRead) {
    const auto received = answer_to(signed_body(
        R"({"code":"10000","voucher_id":"","voucher_id":"0156468653835689006788030091"})"
    ));
    EXPECT_EQ(name_for(received), "malformed");
}

TEST(AlipayAnswer, ASlashRespellingIsTakenOnlyWhereItIsThatWhatWasSigned) {
    // `\\/` is a backslash and a slash; respelled it would be another text.
    const std::string node = R"({"code":"40004","sub_msg":"a\\/b\/c"})";
    const auto sign_of = [&](std::string_view text) {
        return *sign(testing::alipay_signing_key(), sign_type::rsa2, text);
    };
    const auto body = [&](const std::string& signature) {
        return "{\"" + std::string(stock_use_node) + "\":" + node + ",\"sign\":\"" + signature +
               "\"}";
    };
    EXPECT_EQ(name_for(answer_to(body(sign_of(node)))), "accept");
    EXPECT_EQ(name_for(answer_to(body(sign_of("other text")))), "reject");
    const auto respelled = answer_to(body(sign_of(R"({"code":"40004","sub_msg":"a\/b/c"})")));
    // What was verified is what is parsed.
    EXPECT_EQ(std::get<verified_answer>(respelled).node.sub_msg, "a/b/c");
}

TEST(AlipayAnswer, ASecondByteThatLooksLikeABackslashIsNoEscapeOfASlash) {
    // 誠 is D5 5C in GBK; the platform signed the text with plain slashes and sent them escaped.
    const std::string signed_node =
        "{\"code\":\"40004\",\"sub_code\":\"SLA_ERROR\",\"sub_msg\":\"a/\xD5\x5C/b\"}";
    auto body = signed_body(signed_node);
    for (const std::string_view plain : {"a/", "\xD5\x5C/"}) {
        body.replace(
            body.find(plain), plain.size(), std::string(plain).insert(plain.size() - 1, "\\")
        );
    }
    const auto received = answer_to(body, charset::gbk);
    const auto* verified = std::get_if<verified_answer>(&received);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->slashes_unescaped);
    EXPECT_EQ(verified->node.sub_msg, "a/誠/b");
}

TEST(AlipayAnswer, AnEncryptedAnswerMayBeInGbkThoughUtf8WasAskedFor) {
    const auto cipher = vector_cipher();
    const std::string gbk = "{\"code\":\"20000\",\"sub_msg\":\"\xCF\xB5\xCD\xB3\xB7\xB1\xC3\xA6\"}";
    const auto received =
        answer_to(signed_body('"' + cipher.encrypt(gbk) + '"'), charset::utf_8, &cipher);
    const auto* verified = std::get_if<verified_answer>(&received);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->node.code, "20000");
    EXPECT_EQ(verified->node.sub_msg, "系统繁忙");
}

}  // namespace
}  // namespace gateway::alipay
