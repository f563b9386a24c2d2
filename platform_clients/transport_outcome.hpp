#pragma once

#include "net/http_client.hpp"
#include "redemption/platform_method.hpp"

namespace gateway::platform_clients {

// The one place where the wire's phases become those of the rules
// (docs/redemption-rules.md, Phases and verdicts), for an exchange that brought no answer. A
// request of which nothing was written is proven not executed; one of which anything was written
// may have been executed. An exchange that got no connection says nothing about the platform's
// host, nor does a proxy that refuses the account's credentials: an account fault.
redemption::attempt_outcome transport_outcome(const net::exchange_outcome& exchange);

}  // namespace gateway::platform_clients
