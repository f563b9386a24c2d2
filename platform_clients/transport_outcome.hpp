#pragma once

#include "net/http_client.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::platform_clients {

// The one place where the wire's phases become the contract's (§4), of an exchange that brought no
// answer: nothing written is proven not executed, anything written without a complete answer may
// have been. What never got a connection of ours says nothing about the platform's host.
redemption::attempt_outcome transport_outcome(const net::exchange_outcome& exchange);

}  // namespace gateway::platform_clients
