#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "redemption/engine/acceptance.hpp"
#include "redemption/engine/remote_watch.hpp"
#include "redemption/engine/scheduler.hpp"
#include "redemption/engine/settlement_writer.hpp"
#include "redemption/rules/lifecycle.hpp"

namespace gateway::redemption {

// Carries one redemption from its acceptance to its end: asks next_action() what to do, does it and
// reports what came of it, until the work has ended. Its coroutines are never cancelled; they end
// by themselves or are parked when draining. Loop thread only.
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
          remote_(context),
          acceptance_(context, accounts, permits, table) {}

    enum class entry {
        fresh,      // a new wish: accept it first
        picked_up,  // pending in the journal when the process started
        retried,    // an operator sends an unknown one again
        followed,   // another process works on it
        again,      // it has lost its driver: what the journal holds by now counts
    };
    // Runs until the work on it ends (see live_redemption::ended) and takes it out of the table. It
    // has its positions already. Ends by an exception when something fails that must not; then
    // another driver, spawned before, goes on from what is durable.
    boost::asio::awaitable<void> drive(live_ptr live, entry how);
    // From now on no attempt is started, but for those whose start is being written; waiting
    // redemptions are parked as pending.
    void park_all();
    bool parking() const noexcept { return parking_; }

private:
    // One redemption on its way, with the end of its last attempt until that is durable.
    struct course {
        live_ptr live;
        std::optional<attempt_outcome> outcome = std::nullopt;
        std::chrono::nanoseconds took{0};
        life_number life = 0;  // in which the start of its last attempt was written
    };
    // The event that an action led to; none: the work has ended.
    using result = boost::asio::awaitable<std::optional<lifecycle_event>>;

    boost::asio::awaitable<void> carry(course of, entry how);
    lifecycle_event first_event(live_redemption& live, entry how);
    result take_up_again(live_redemption& live);
    void show_durable(live_redemption& live, record durable);
    event::resumed resumed(const live_redemption& live) const;

    result carry_out(course& of, const action::accept& how);
    result carry_out(course& of, const action::start_over& how);
    result carry_out(course& of, const action::refuse& refuse);
    result carry_out(course& of, const action::pick_up& durable);
    result carry_out(course& of, const action::watch& watch);
    result carry_out(course& of, const action::await_turn& wait);
    result carry_out(course& of, const action::show& durable);
    result carry_out(course& of, const action::wait& wait);
    result carry_out(course& of, const action::ask_for_permit& ask);
    result carry_out(course& of, const action::start& start);
    result carry_out(course& of, const action::send& send);
    result carry_out(course& of, const action::settle& settle);
    result carry_out(course& of, const action::park& park);
    result carry_out(course& of, const action::finish& finish);

    static std::optional<lifecycle_event> lost(const live_redemption& live);
    boost::asio::awaitable<void> pass_on_resolution(live_redemption& live);
    void give_back(const live_redemption& live);
    boost::asio::awaitable<void> give_back_parked();
    boost::asio::awaitable<attempt_outcome> send(const course& of);

    const core_context& context_;
    account_registry& accounts_;
    scheduler& scheduler_;
    live_table& table_;
    settlement_writer writer_;
    remote_watch remote_;
    acceptance acceptance_;
    std::vector<redemption_id> parked_;  // to be given back
    bool giving_back_ = false;
    bool parking_ = false;
};

}  // namespace gateway::redemption
