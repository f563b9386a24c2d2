#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "platform_clients/alipay/credentials.hpp"

// The known answers under tests/data/alipay and what most tests need of them.

namespace gateway::alipay::testing {

inline constexpr std::string_view stock_use_node = "alipay_marketing_voucher_stock_use_response";
inline constexpr std::string_view entity_no = "ABTRm55gkVTcZJjvY2Enjg==prIaQkv2_dsfRTETS";
inline constexpr std::string_view voucher_id = "0156468653835689006788030091";

// A file's bytes; fails the test if it can't be read.
std::string vector_file(const std::string& name);
std::string vector_path(const std::string& name);
boost::json::value vector_json(const std::string& name);

private_key app_key();
// The platform's own private key, to sign answers with.
private_key alipay_signing_key();
public_key alipay_key();

// The vectors' app in public-key mode; tests change what they need.
credentials app_credentials();

// `{"<node name>":<node>,"sign":"…"}` signed by the platform's key.
std::string signed_body(std::string_view node, std::string_view node_name = stock_use_node);

}  // namespace gateway::alipay::testing
