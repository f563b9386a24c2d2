#pragma once

#include <string>

#include "net/http_message.hpp"
#include "simulator/alipay/request_check.hpp"
#include "simulator/faults/fault_rules.hpp"

namespace simulator {

// Writes an outcome in Alipay's form: HTTP 200, text/html, and one node that is named after the
// method, or error_response when the method is unknown. The node's raw bytes are signed once the
// application is identified. Applies the faults of the shape stage.
gateway::net::http_response alipay_answer(
    const alipay_request& request,
    const alipay_outcome& outcome,
    const std::string& trace_id,
    const active_faults& faults
);

}  // namespace simulator
