#pragma once

#include <optional>
#include <string>

#include "net/http_message.hpp"
#include "simulator/form.hpp"
#include "simulator/settings.hpp"
#include "simulator/taobao/method.hpp"
#include "simulator/time_text.hpp"

namespace simulator {

// A TOP request as far as it could be read.
struct taobao_request {
    form_fields fields;  // as they came, query first
    parameters params;   // the first value of each name
    const taobao_app* app = nullptr;
    const taobao_method* method = nullptr;
    // TOP answers in XML unless asked for JSON.
    bool json = false;
    bool simplify = false;
};

// Reads what can be read, also from a request that will be refused.
taobao_request read_taobao_request(const gateway::net::http_request& request);

// TOP's checks of everything but the method's own arguments, in its order: verb, encoding, method,
// app_key, v, format, timestamp, signature, session, permission. Fills `app` and `method`. Nothing:
// all is well.
std::optional<taobao_error> check_taobao_request(
    const gateway::net::http_request& request,
    const std::vector<taobao_app>& apps,
    wall_time now,
    taobao_request& read
);

}  // namespace simulator
