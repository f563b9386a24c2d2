#include "platform_clients/taobao/signature.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fstream>
#include <iterator>

namespace gateway::taobao {
namespace {

std::optional<std::string> signed_by(
    config::top_sign_method method, std::string_view text, std::string_view secret
) {
    return sign(
        method, base::card_secret(std::string(text)), base::secret_text(std::string(secret))
    );
}

namespace json = boost::json;
using method = config::top_sign_method;

method method_named(std::string_view name) {
    for (const auto one : {method::md5, method::hmac, method::hmac_sha256}) {
        if (wire_name(one) == name) {
            return one;
        }
    }
    ADD_FAILURE() << "no sign method is called " << name;
    return method::md5;
}

std::string text(const json::value& value) {
    return json::value_to<std::string>(value);
}

json::value published_vectors() {
    std::ifstream file(GATEWAY_TEST_DATA "/taobao/signatures.json");
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    return json::parse(content);
}

TEST(TopSignature, EqualsEveryKnownVector) {
    const auto document = published_vectors();
    const auto secret = text(document.at("secret"));
    std::size_t seen = 0;
    for (const auto& vector : document.at("vectors").as_array()) {
        SCOPED_TRACE(text(vector.at("name")));
        parameter_list parameters;
        for (const auto& member : vector.at("parameters").as_object()) {
            parameters.push_back({std::string(member.key()), text(member.value())});
        }
        const auto signed_text = string_to_sign(parameters);
        EXPECT_EQ(signed_text.reveal(), text(vector.at("string_to_sign")));
        const auto how = method_named(text(vector.at("sign_method")));
        EXPECT_EQ(
            sign(how, signed_text, base::secret_text(std::string(secret))), text(vector.at("sign"))
        );
        ++seen;
    }
    EXPECT_EQ(seen, 13U);
}

TEST(TopSignature, EqualsTheRfcVectorsOfItsDigests) {
    const std::string sixteen(16, '\x0B');
    const std::string twenty(20, '\x0B');
    // RFC 2202 test case 1, RFC 4231 test case 1.
    EXPECT_EQ(signed_by(method::hmac, "Hi There", sixteen), "9294727A3638BB1C13F48EF8158BFC9D");
    EXPECT_EQ(
        signed_by(method::hmac_sha256, "Hi There", twenty),
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
    );
}

TEST(TopSignature, SortsNamesByBytes) {
    const parameter_list parameters{
        {"foobar", "1"}, {"foo_bar", "2"}, {"Foo", "3"}, {"foo", "4"}, {"bar", "5"}
    };
    EXPECT_EQ(string_to_sign(parameters).reveal(), "Foo3bar5foo4foo_bar2foobar1");
}

TEST(TopSignature, LeavesOutTheSignatureItself) {
    EXPECT_EQ(
        string_to_sign({{"v", "2.0"}, {"sign", "ABC"}, {"sign_method", "md5"}}).reveal(),
        "sign_methodmd5v2.0"
    );
}

TEST(TopSignature, SignsValuesThatStartWithAnAt) {
    EXPECT_EQ(string_to_sign({{"token", "@abc"}}).reveal(), "token@abc");
}

TEST(TopSignature, ChangesWithSecretMethodAndText) {
    const auto first = signed_by(method::md5, "text", "secret");
    EXPECT_NE(first, signed_by(method::md5, "text", "secret2"));
    EXPECT_NE(first, signed_by(method::hmac, "text", "secret"));
    EXPECT_NE(first, signed_by(method::md5, "text2", "secret"));
}

}  // namespace
}  // namespace gateway::taobao
