#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

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
    // The start of `begun` was not confirmed, and another process has the redemption now: tells it
    // that nothing was sent, should the start have been written. The record as it is now, if the
    // journal gave it.
    boost::asio::awaitable<std::optional<record>> tell_not_sent(
        live_redemption& live, const attempt& begun
    );

private:
    boost::asio::awaitable<std::optional<record>> tell_late(live_redemption& live, settlement what);
    boost::asio::awaitable<void> pause(live_redemption& live) const;
    void count_refusal(const live_redemption& live, const journal_error& why, int& refusals) const;

    const core_context& context_;
};

}  // namespace gateway::redemption
