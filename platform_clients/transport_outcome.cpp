#include "platform_clients/transport_outcome.hpp"

namespace gateway::platform_clients {

redemption::attempt_outcome transport_outcome(const net::exchange_outcome& exchange) {
    redemption::attempt_outcome outcome;
    const bool untouched = exchange.phase == net::send_phase::not_sent;
    outcome.phase = untouched ? redemption::phase::not_sent : redemption::phase::maybe_sent;
    outcome.verdict =
        untouched ? redemption::verdict::not_executed : redemption::verdict::ambiguous;
    const bool own = exchange.pool_exhausted || exchange.too_late;
    outcome.source = own ? redemption::error_source::gateway : redemption::error_source::network;
    outcome.detail = base::redacted_text::trusted(exchange.detail);
    outcome.transport_fault = !own && !exchange.proxy_denied;
    // Each repetition might lock the proxy's user, so that the account pauses at the first.
    outcome.stops =
        exchange.proxy_denied ? redemption::fault_scope::account : redemption::fault_scope::none;
    return outcome;
}

}  // namespace gateway::platform_clients
