#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/ledger.hpp"
#include "simulator/order_locks.hpp"
#include "simulator/platform_endpoint.hpp"
#include "simulator/settings.hpp"

namespace simulator {

// TOP's `/router/rest`. Only the loop thread may use it, and it must outlive its calls.
class taobao_endpoint final : public platform_endpoint {
public:
    // `ledger` must outlive this object.
    taobao_endpoint(std::vector<taobao_app> apps, effect_ledger& ledger)
        : apps_(std::move(apps)), ledger_(ledger) {}

    std::unique_ptr<platform_call> receive(const gateway::net::http_request& request, wall_time now)
        override;

private:
    class call;

    std::string next_request_id();

    std::vector<taobao_app> apps_;
    effect_ledger& ledger_;
    order_locks locks_;
    std::uint64_t requests_ = 0;
};

}  // namespace simulator
