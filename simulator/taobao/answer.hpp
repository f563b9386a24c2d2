#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "net/http_message.hpp"
#include "simulator/faults/fault_rules.hpp"
#include "simulator/taobao/request_check.hpp"

namespace simulator {

// Writes a success or an error in TOP's form: XML unless the request asks for JSON, with the
// wrapper unless it asks for `simplify`, always HTTP 200. `request_id` is short and lower-case like
// TOP's. Applies the faults of the shape stage.
gateway::net::http_response taobao_answer(
    const taobao_request& request,
    const taobao_outcome& outcome,
    const std::string& request_id,
    const active_faults& faults
);

}  // namespace simulator
