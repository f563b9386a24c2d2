#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/ledger.hpp"
#include "simulator/order_locks.hpp"
#include "simulator/platform_endpoint.hpp"
#include "simulator/settings.hpp"

namespace simulator {

// TOP: `/router/rest`. Loop thread only; calls must be gone before it.
class taobao_side final : public platform_side {
public:
    // `books` must outlive it.
    taobao_side(std::vector<taobao_app> apps, ledger& books)
        : apps_(std::move(apps)), books_(books) {}

    std::unique_ptr<platform_call> receive(const gateway::net::http_request& request, wall_time now)
        override;

private:
    class call;

    std::string next_request_id();

    std::vector<taobao_app> apps_;
    ledger& books_;
    order_locks locks_;
    std::uint64_t requests_ = 0;
};

}  // namespace simulator
