#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/alipay/credentials.hpp"
#include "simulator/ledger.hpp"
#include "simulator/platform_endpoint.hpp"

namespace simulator {

// Alipay: `/gateway.do`. Loop thread only; calls must be gone before it.
class alipay_side final : public platform_side {
public:
    // `books` must outlive it. Throws `std::runtime_error` for a key that cannot be used.
    alipay_side(const std::vector<alipay_app>& apps, ledger& books);

    std::unique_ptr<platform_call> receive(const gateway::net::http_request& request, wall_time now)
        override;

private:
    class call;

    std::string next_trace_id();

    std::vector<alipay_party> parties_;
    ledger& books_;
    std::uint64_t requests_ = 0;
};

}  // namespace simulator
