#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>

#include "redemption/engine/live_table.hpp"
#include "redemption/journal.hpp"
#include "redemption/probes.hpp"
#include "redemption/rules/account_gate.hpp"
#include "redemption/rules/next_step.hpp"
#include "redemption/rules/order_gate.hpp"

namespace gateway::redemption {

// One configured account as the core sees it.
struct account_entry {
    platform_account* account = nullptr;  // outlives the core
    account_limits limits;
    std::chrono::milliseconds attempt_timeout{10'000};
};

// What the core works with; every reference outlives it.
struct core_context {
    base::runtime& time;
    redemption::journal& journal;
    const directory& methods;
    core_probe& probe;
    // Runs a coroutine that nobody awaits, counted, never cancelled.
    std::function<void(boost::asio::awaitable<void>)> spawn;
    std::size_t most_callers = 4'096;  // that ask and wait at once
};

// Carries one redemption from its acceptance to its end: journal first, one attempt at a time,
// next_step() decides. Its coroutines are never cancelled; they end by themselves or are parked
// when draining. Loop thread only.
class driver {
public:
    driver(core_context context, const std::vector<account_entry>& accounts, live_table& table);

    enum class entry {
        fresh,      // a new wish: accept it first
        picked_up,  // pending in the journal when the process started
        retried,    // an operator sends an unknown one again
    };
    // Runs until the redemption ends (see live_redemption::ended) and takes it out of the table.
    boost::asio::awaitable<void> drive(live_ptr live, entry how);
    // Takes the redemption's place among those of its account and orders; before drive(), in order
    // of arrival.
    void take_place(live_redemption& live);
    // What the journal knows of its order's names (accepted::lines); before it is sent.
    void link(live_redemption& live, const std::vector<order_key>& lines);
    // The work has ended: gives every place up and tells those who wait.
    void finish(live_redemption& live);
    // Why a wish that comes now could not be sent before it expires, or would be one too many.
    std::optional<account_gate::refusal> refuses(
        const account_name& account, const method_name& method, std::chrono::milliseconds expires_in
    ) const;
    // From now on nothing new is sent; what waits is parked as pending.
    void park_all();
    bool parking() const noexcept { return parking_; }
    void secrets_changed(const account_name& account);
    // What an earlier process was told; before anything is picked up.
    void remember(const std::vector<told_ban>& bans);
    std::vector<account_health> health() const;
    bool serves(const account_name& account) const { return accounts_.contains(account); }

private:
    struct account_state {
        account_entry entry;
        account_gate gate;
    };

    enum class acceptance { ended, accepted, accepted_with_attempt };
    enum class beginning { started, not_yet, ended };

    boost::asio::awaitable<void> carry(live_ptr live, entry how);

    // Before the first attempt (driver_acceptance.cpp). False: the work has ended.
    boost::asio::awaitable<bool> accept_and_start(live_ptr live, bool& started);
    boost::asio::awaitable<acceptance> accept(live_ptr live, std::optional<attempt> first);
    boost::asio::awaitable<acceptance> take_over(live_ptr live, record existing);
    boost::asio::awaitable<void> withdraw(live_redemption& live, bool started);
    boost::asio::awaitable<bool> close_broken_attempt(live_redemption& live);
    bool refused(live_redemption& live, const accept_outcome& outcome);
    void refuse(live_redemption& live, refusal why);

    // Attempts (driver.cpp). False: the work has ended.
    boost::asio::awaitable<void> work(live_redemption& live, bool started);
    boost::asio::awaitable<bool> wait_turn(live_redemption& live);
    boost::asio::awaitable<beginning> record_start(live_redemption& live);
    boost::asio::awaitable<void> end_below(live_redemption& live, std::int64_t confirmed);
    boost::asio::awaitable<bool> attempt_once(live_redemption& live);
    boost::asio::awaitable<attempt_outcome> send(live_redemption& live);
    boost::asio::awaitable<void> end(
        live_redemption& live, state to, std::optional<error_info> error
    );
    boost::asio::awaitable<void> obey(live_redemption& live);
    boost::asio::awaitable<void> make_durable(live_redemption& live, settlement what);
    void tell_changes(const live_redemption& live, account_gate::changes changed);
    void wake_account(const account_name& account);
    void give_back(live_redemption& live);
    attempt next_attempt(const record& what) const;
    account_state& state_of(const live_redemption& live);

    core_context context_;
    std::map<account_name, account_state> accounts_;
    live_table& table_;
    order_gate orders_;
    bool parking_ = false;
};

}  // namespace gateway::redemption
