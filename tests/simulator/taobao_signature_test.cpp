#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "simulator/taobao/signature.hpp"
#include "tests/simulator/requests.hpp"

namespace simulator::test {

TEST(TaobaoSignature, ReproducesThePublishedVectors) {
    const auto document = boost::json::parse(data_file("taobao/signatures.json"));
    const std::string secret(document.at("secret").as_string());
    const auto& vectors = document.at("vectors").as_array();
    ASSERT_GE(vectors.size(), 9U);
    for (const auto& vector : vectors) {
        SCOPED_TRACE(vector.at("name").as_string().c_str());
        parameters given;
        for (const auto& member : vector.at("parameters").as_object()) {
            given[member.key()] = std::string(member.value().as_string());
        }
        given["sign"] = "never part of what is signed";
        EXPECT_EQ(taobao_sign(given["sign_method"], secret, given), vector.at("sign").as_string());
    }
}

TEST(TaobaoSignature, RefusesOtherMethods) {
    EXPECT_EQ(taobao_sign("sha1", "helloworld", {}), std::nullopt);
    EXPECT_EQ(taobao_sign("", "helloworld", {}), std::nullopt);
    EXPECT_EQ(taobao_sign("MD5", "helloworld", {}), std::nullopt);
}

}  // namespace simulator::test
