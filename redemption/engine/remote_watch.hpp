#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>

#include "base/wait_list.hpp"
#include "redemption/engine/core_context.hpp"
#include "redemption/engine/live_redemption.hpp"

namespace gateway::redemption {

// Follows redemptions that other processes work on (docs/journal.md, Several processes): one
// question to the journal for all of them, and only while there are any. Loop thread only.
class remote_watch {
public:
    using time = std::chrono::steady_clock::time_point;

    explicit remote_watch(const core_context& context) : context_(context) {}

    // Suspends until it is no longer pending in another process: `live` then shows how it ended, or
    // is not elsewhere any more. After stop() it returns as soon as its driver is notified.
    boost::asio::awaitable<void> until_ended(live_redemption& live);
    // Suspends until no redemption of its order at work elsewhere comes first, its driver is
    // notified, or `until`.
    boost::asio::awaitable<void> until_turn(live_redemption& live, time until);
    void stop();

private:
    struct followed {
        live_redemption* live = nullptr;
        bool for_turn = false;
        bool told = false;
        time since{};
    };
    class membership;

    boost::asio::awaitable<void> ask_again_and_again();
    boost::asio::awaitable<void> ask();
    boost::asio::awaitable<bool> read(live_redemption& live);
    std::chrono::milliseconds pause() const;
    void tell(const std::vector<redemption_id>& which, bool for_turn);

    const core_context& context_;
    // A redemption may be followed twice, as when a wish that could not start it over has taken its
    // place in the table.
    std::multimap<redemption_id, followed> all_;
    base::wait_list stopping_;
    bool asking_ = false;
    bool stopped_ = false;
};

}  // namespace gateway::redemption
