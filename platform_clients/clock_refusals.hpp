#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/redacted_text.hpp"
#include "net/http_message.hpp"
#include "platform_clients/probe.hpp"

namespace gateway::platform_clients {

// Reports that a platform refuses the timestamps of an account, with both clocks: once a minute, as
// it refuses every request while the clocks differ. Loop thread only.
class clock_refusals {
public:
    // `time` outlives this.
    explicit clock_refusals(base::runtime& time) : time_(time) {}

    void report(
        probe& to,
        const redemption::account_name& account,
        const net::http_response& response,
        const base::masker& secrets
    );

private:
    base::runtime& time_;
    std::optional<base::steady_time> reported_at_;
};

}  // namespace gateway::platform_clients
