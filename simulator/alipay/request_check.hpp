#pragma once

#include <optional>
#include <vector>

#include "net/http_message.hpp"
#include "simulator/alipay/request.hpp"

namespace simulator {

// Makes every check before the method's own, in the platform's order: transport, method, app_id,
// presence, format, certificates, signature, permission, token, encryption, biz_content. Fills the
// rest of `read`. Returns the first failed check's result, or nothing when all pass.
std::optional<alipay_result> check_alipay_request(
    const gateway::net::http_request& request,
    const std::vector<alipay_credentials>& all_credentials,
    wall_time now,
    alipay_request& read
);

}  // namespace simulator
