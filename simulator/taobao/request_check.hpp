#pragma once

#include <optional>
#include <string>

#include "net/http_message.hpp"
#include "simulator/form.hpp"
#include "simulator/settings.hpp"
#include "simulator/taobao/method.hpp"
#include "simulator/time_text.hpp"

namespace simulator {

// The readable part of a TOP request.
struct taobao_request {
    form_fields fields;  // in the order of arrival, query first
    parameters params;   // the first value of each name
    const taobao_app* app = nullptr;
    const taobao_method* method = nullptr;
    // TOP answers in XML unless the request asks for JSON.
    bool json = false;
    bool simplify = false;
};

// Reads every readable parameter, also of a request that will be refused.
taobao_request read_taobao_request(const gateway::net::http_request& request);

// Makes TOP's checks of everything but the method's own arguments, in its order: verb, encoding,
// method, app_key, v, format, timestamp, signature, session, permission. Fills `app` and `method`.
// Returns the first failed check's error, or nothing when all pass.
std::optional<taobao_error> check_taobao_request(
    const gateway::net::http_request& request,
    const std::vector<taobao_app>& apps,
    wall_time now,
    taobao_request& read
);

}  // namespace simulator
