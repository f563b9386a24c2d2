#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "net/byte_stream.hpp"
#include "net/http_message.hpp"
#include "simulator/faults/delay_timers.hpp"
#include "simulator/faults/fault_rules.hpp"
#include "simulator/platform_endpoint.hpp"
#include "simulator/request_log.hpp"

namespace simulator {

// The long-lived objects that an exchange uses; they outlive it.
struct exchange_context {
    fault_rules& faults;
    request_log& requests;
    delay_timers& timers;
    std::chrono::milliseconds processing;
};

// Passes one request to its platform and writes the answer, applying the faults in force. Returns
// false when the connection must be closed.
boost::asio::awaitable<bool> run_exchange(
    gateway::net::byte_stream& stream,
    const gateway::net::http_request& request,
    platform_endpoint& endpoint,
    exchange_context context
);

}  // namespace simulator
