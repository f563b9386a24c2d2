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

// What one exchange with a platform works with; all of it outlives the exchange.
struct stage_hands {
    fault_book& faults;
    request_log& requests;
    delays& waits;
    std::chrono::milliseconds processing;
};

// Takes one request through its platform and answers it, with the faults that are in force. False:
// the connection is to be closed.
boost::asio::awaitable<bool> converse(
    gateway::net::byte_stream& stream,
    const gateway::net::http_request& request,
    platform_side& side,
    stage_hands hands
);

}  // namespace simulator
