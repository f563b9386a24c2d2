#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "simulator/alipay/signature.hpp"
#include "simulator/faults/fault_rules.hpp"
#include "simulator/settings.hpp"
#include "simulator/taobao/signature.hpp"

// Builders of valid requests and of the applications that may send them.

namespace simulator::test {

// Returns 2024-05-01 08:30:00 in GMT+8.
wall_time fixed_now();
std::string data_file(const std::string& name);

std::string form_encoded(const parameters& given);
gateway::net::http_request form_post(std::string target, std::string body);

taobao_app demo_taobao_app();
parameters verify_parameters();
parameters send_parameters();
// Adds the signature with the secret of demo_taobao_app().
parameters signed_for_taobao(parameters given);
gateway::net::http_request taobao_post(const parameters& given);

alipay_app demo_alipay_app();
alipay_parameters use_parameters(std::string entity_no, std::string out_biz_no);
alipay_parameters signed_for_alipay(alipay_parameters given);
// Puts `charset` into the URL and everything else, encoded in it, into the body.
gateway::net::http_request alipay_post(const alipay_parameters& given);

// Returns the body as a JSON object; empty when it is none.
boost::json::object json_of(std::string_view body);
// Returns the faults of these rules as those of one call.
active_faults faults_of(std::initializer_list<const char*> rules);

}  // namespace simulator::test
