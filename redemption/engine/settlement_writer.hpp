#pragma once

#include <boost/asio/awaitable.hpp>

#include "redemption/engine/core_context.hpp"
#include "redemption/engine/live_redemption.hpp"

namespace gateway::redemption {

// Writes settlements. A result that was received is never lost: it is held until the journal takes
// it (docs/journal.md, Journal trouble). Loop thread only.
class settlement_writer {
public:
    explicit settlement_writer(const core_context& context) : context_(context) {}

    // `what` lives until then. Returns when it is durable and `live` shows it; false: another
    // process has taken the redemption over and knows how the attempt ended, and the work must end.
    // Throws if a working journal refuses it for good: then what the journal holds counts.
    boost::asio::awaitable<bool> write(live_redemption& live, const settlement& what);

private:
    boost::asio::awaitable<void> tell_late(live_redemption& live, const settlement& what);
    boost::asio::awaitable<void> pause(live_redemption& live) const;
    void count_refusal(const live_redemption& live, const journal_error& why, int& refusals) const;

    const core_context& context_;
};

}  // namespace gateway::redemption
