#include "tests/platform_clients/alipay/vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "platform_clients/alipay/signature.hpp"
#include "text/strict_json.hpp"

namespace gateway::alipay::testing {
namespace {

template <class Key>
Key taken(key_reading<Key> reading) {
    if (const auto* fault = std::get_if<key_fault>(&reading)) {
        ADD_FAILURE() << "the key " << fault->what;
        return Key();
    }
    return std::get<found_key<Key>>(reading).key;
}

}  // namespace

std::string vector_path(const std::string& name) {
    return std::string(GATEWAY_TEST_DATA) + "/alipay/" + name;
}

std::string vector_file(const std::string& name) {
    std::ifstream file(vector_path(name), std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

boost::json::value vector_json(const std::string& name) {
    auto value = text::parse_strict(vector_file(name));
    EXPECT_TRUE(value) << name;
    return value ? *value : boost::json::value();
}

private_key app_key() {
    return taken(read_private_key(vector_file("keys/app_private_pkcs8.pem"), sign_type::rsa2));
}

private_key alipay_signing_key() {
    return taken(read_private_key(vector_file("keys/alipay_private_pkcs8.pem"), sign_type::rsa2));
}

public_key alipay_key() {
    return taken(read_public_key(vector_file("keys/alipay_public_spki.pem"), sign_type::rsa2));
}

credentials app_credentials() {
    credentials result;
    result.app_id = "2021000000000001";
    result.own = app_key();
    result.alipays = alipay_key();
    return result;
}

std::string signed_body(std::string_view node, std::string_view node_name) {
    const auto signature = sign(alipay_signing_key(), sign_type::rsa2, node);
    return "{\"" + std::string(node_name) + "\":" + std::string(node) + ",\"sign\":\"" +
           signature.value_or("") + "\"}";
}

}  // namespace gateway::alipay::testing
