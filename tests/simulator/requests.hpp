#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "simulator/alipay/signature.hpp"
#include "simulator/faults/fault_rules.hpp"
#include "simulator/settings.hpp"
#include "simulator/taobao/signature.hpp"

// Well-formed requests to spoil, and the applications that may send them.

namespace simulator::test {

// 2024-05-01 08:30:00 in GMT+8.
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
// `charset` in the URL, everything else in the body, in that charset.
gateway::net::http_request alipay_post(const alipay_parameters& given);

// The body as JSON; an empty object when it is not.
boost::json::object json_of(std::string_view body);
// The faults of some orders as one call would take them.
active_faults faults_of(std::initializer_list<const char*> orders);

}  // namespace simulator::test
