#pragma once

#include <optional>
#include <vector>

#include "net/http_message.hpp"
#include "simulator/alipay/request.hpp"

namespace simulator {

// Everything before the business, in the platform's order: transport, method, app_id, presence,
// format, certificates, signature, permission, token, encryption, biz_content. Fills the rest of
// `read`. Nothing: all well.
std::optional<alipay_result> check_alipay_request(
    const gateway::net::http_request& request,
    const std::vector<alipay_party>& parties,
    wall_time now,
    alipay_request& read
);

}  // namespace simulator
