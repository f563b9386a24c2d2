#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_message.hpp"
#include "simulator/settings.hpp"

namespace simulator {

// Prepared successes, signed once at the start, for load tests of a client: a request is neither
// checked nor executed nor recorded.
class bench_answers {
public:
    // Throws `std::runtime_error` for a key that cannot be used.
    explicit bench_answers(const settings& known);

    gateway::net::http_response alipay(const gateway::net::http_request& request) const;
    gateway::net::http_response taobao(const gateway::net::http_request& request) const;

private:
    std::vector<std::pair<std::string, std::string>> signed_by_app_;  // app_id, body
};

}  // namespace simulator
