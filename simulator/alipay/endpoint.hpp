#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/alipay/credentials.hpp"
#include "simulator/ledger.hpp"
#include "simulator/platform_endpoint.hpp"

namespace simulator {

// Alipay's `/gateway.do`. Only the loop thread may use it, and it must outlive its calls.
class alipay_endpoint final : public platform_endpoint {
public:
    // `ledger` must outlive this object. Throws `std::runtime_error` for an unusable key.
    alipay_endpoint(const std::vector<alipay_app>& apps, effect_ledger& ledger);

    std::unique_ptr<platform_call> receive(const gateway::net::http_request& request, wall_time now)
        override;

private:
    class call;

    std::string next_trace_id();

    std::vector<alipay_credentials> credentials_;
    effect_ledger& ledger_;
    std::uint64_t requests_ = 0;
};

}  // namespace simulator
