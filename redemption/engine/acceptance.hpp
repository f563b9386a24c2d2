#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "redemption/engine/scheduler.hpp"
#include "redemption/engine/settlement_writer.hpp"

namespace gateway::redemption {

// Brings a redemption to work: a fresh wish, one that its key names already, or one that the
// journal held at the start of the process. Loop thread only.
class acceptance {
public:
    acceptance(
        const core_context& context,
        account_registry& accounts,
        scheduler& permits,
        settlement_writer& writer,
        live_table& table
    )
        : context_(context),
          accounts_(accounts),
          scheduler_(permits),
          writer_(writer),
          table_(table) {}

    enum class result {
        ended,    // nothing is left to do: refused, replayed, withdrawn or unknown
        waiting,  // pending and durable; it has to wait for a permit
        started,  // the start of its first attempt is durable too; a permit is held
    };

    // Usually nothing queues before a fresh wish: then its first attempt's start shares the commit.
    boost::asio::awaitable<result> take_fresh(live_ptr live);
    // Pending in the journal when the process started. Closes an attempt that the process died in.
    boost::asio::awaitable<result> pick_up(live_redemption& live);

private:
    boost::asio::awaitable<result> accept(live_ptr live, std::optional<attempt> first);
    boost::asio::awaitable<result> take_over(live_ptr live, record existing);
    boost::asio::awaitable<result> restart(live_ptr live);
    boost::asio::awaitable<void> withdraw(live_redemption& live);

    const core_context& context_;
    account_registry& accounts_;
    scheduler& scheduler_;
    settlement_writer& writer_;
    live_table& table_;
};

}  // namespace gateway::redemption
