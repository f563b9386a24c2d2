#pragma once

#include <string>

#include "net/http_message.hpp"
#include "simulator/alipay/request_check.hpp"
#include "simulator/faults/fault_rules.hpp"

namespace simulator {

// Writes an outcome as Alipay does: HTTP 200, text/html, one node named after the method
// (error_response when that is not known), signed over its raw bytes once the application is
// identified. Applies the faults of the shape stage.
gateway::net::http_response alipay_answer(
    const alipay_request& request,
    const alipay_outcome& outcome,
    const std::string& trace_id,
    const active_faults& faults
);

}  // namespace simulator
