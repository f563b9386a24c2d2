#include "platform_clients/transport_outcome.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace gateway::platform_clients {
namespace {

using redemption::error_source;
using redemption::verdict;

net::exchange_outcome broken_exchange(net::send_phase phase) {
    net::exchange_outcome exchange;
    exchange.phase = phase;
    exchange.error = boost::asio::error::connection_reset;
    exchange.detail = "the connection broke";
    return exchange;
}

TEST(TransportOutcome, DistinguishesNotSentFromMaybeSent) {
    const auto untouched = transport_outcome(broken_exchange(net::send_phase::not_sent));
    EXPECT_EQ(untouched.phase, redemption::phase::not_sent);
    EXPECT_EQ(untouched.verdict, verdict::not_executed);
    EXPECT_EQ(untouched.source, error_source::network);
    EXPECT_EQ(untouched.detail, "the connection broke");
    const auto begun = transport_outcome(broken_exchange(net::send_phase::maybe_sent));
    EXPECT_EQ(begun.phase, redemption::phase::maybe_sent);
    EXPECT_EQ(begun.verdict, verdict::ambiguous);
    EXPECT_EQ(begun.source, error_source::network);
    EXPECT_TRUE(untouched.transport_fault);
    EXPECT_TRUE(begun.transport_fault);
}

TEST(TransportOutcome, BlamesNoHostForTheGatewaysOwnQueue) {
    auto exchange = broken_exchange(net::send_phase::not_sent);
    exchange.pool_exhausted = true;
    const auto outcome = transport_outcome(exchange);
    EXPECT_EQ(outcome.phase, redemption::phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_EQ(outcome.source, error_source::gateway);
    EXPECT_FALSE(outcome.transport_fault);
}

TEST(TransportOutcome, CallsRefusedProxyCredentialsAnAccountFault) {
    auto exchange = broken_exchange(net::send_phase::not_sent);
    exchange.proxy_denied = true;
    const auto outcome = transport_outcome(exchange);
    EXPECT_EQ(outcome.phase, redemption::phase::not_sent);
    EXPECT_EQ(outcome.verdict, verdict::not_executed);
    EXPECT_EQ(outcome.stops, redemption::fault_scope::account);
    EXPECT_FALSE(outcome.transport_fault);
    EXPECT_EQ(
        transport_outcome(broken_exchange(net::send_phase::not_sent)).stops,
        redemption::fault_scope::none
    );
}

}  // namespace
}  // namespace gateway::platform_clients
