#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "redemption/engine/acceptance.hpp"
#include "redemption/engine/scheduler.hpp"
#include "redemption/engine/settlement_writer.hpp"
#include "redemption/rules/next_step.hpp"

namespace gateway::redemption {

// Carries one redemption from its acceptance to its end: journal first, one attempt at a time; the
// rules decide. Its coroutines are never cancelled; they end by themselves or are parked when
// draining. Loop thread only.
class driver {
public:
    driver(
        const core_context& context,
        account_registry& accounts,
        scheduler& permits,
        live_table& table
    )
        : context_(context),
          accounts_(accounts),
          scheduler_(permits),
          table_(table),
          writer_(context),
          acceptance_(context, accounts, permits, writer_, table) {}

    enum class entry {
        fresh,      // a new wish: accept it first
        picked_up,  // pending in the journal when the process started
        retried,    // an operator sends an unknown one again
    };
    // Runs until the redemption ends (see live_redemption::ended) and takes it out of the table.
    // Its positions are taken already.
    boost::asio::awaitable<void> drive(live_ptr live, entry how);
    // From now on nothing new is sent; what waits is parked as pending.
    void park_all();
    bool parking() const noexcept { return parking_; }

private:
    enum class readiness { has_permit, ended };
    enum class start_result { started, not_yet, ended };
    enum class attempt_result { pending, ended };

    boost::asio::awaitable<void> carry(live_ptr live, entry how);
    boost::asio::awaitable<acceptance::result> bring_to_work(live_ptr live, entry how);
    boost::asio::awaitable<void> attempt_until_ended(live_redemption& live, bool started);
    boost::asio::awaitable<readiness> wait_for_permit(live_redemption& live);
    boost::asio::awaitable<start_result> record_start(live_redemption& live);
    boost::asio::awaitable<attempt_result> attempt_once(live_redemption& live);
    boost::asio::awaitable<attempt_outcome> send(live_redemption& live);
    boost::asio::awaitable<void> apply_operator_resolution(live_redemption& live);

    const core_context& context_;
    account_registry& accounts_;
    scheduler& scheduler_;
    live_table& table_;
    settlement_writer writer_;
    acceptance acceptance_;
    bool parking_ = false;
};

}  // namespace gateway::redemption
