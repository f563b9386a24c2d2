#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/wait_list.hpp"
#include "redemption/engine/account_registry.hpp"
#include "redemption/engine/core_context.hpp"
#include "redemption/engine/live_table.hpp"

namespace gateway::redemption {

// Keeps this process's place among those that share the journal: renews its lease once a second,
// passes on what the others tell, and takes pending redemptions that no process works on. Does
// nothing in a process that is alone. Loop thread only.
class keeper {
public:
    // Puts a redemption to work that was taken and is not in the table.
    using put_to_work = std::function<void(record)>;

    keeper(
        const core_context& context,
        account_registry& accounts,
        const live_table& table,
        put_to_work begin
    )
        : context_(context), accounts_(accounts), table_(table), begin_(std::move(begin)) {}

    // The first renewal, before anything is taken; then renews until a drain has ended. It is asked
    // again when the journal is opened anew.
    boost::asio::awaitable<journal_result<void>> start();
    // From now on it takes redemptions that become free: those that the journal held at the start
    // are at work. Before, it could take one twice, once to be put to work later.
    void begin_taking() { picked_up_ = true; }
    // Takes nothing any more; the lease is renewed until nothing is at work here.
    void begin_drain();
    // A redemption taken from the journal goes on here, also if callers here follow it already.
    void resume(record taken);

private:
    bool drained() const { return draining_ && table_.size() == 0; }
    boost::asio::awaitable<void> renew_again_and_again();
    boost::asio::awaitable<void> take_free();
    boost::asio::awaitable<void> take_pages();
    void obey(const fellowship_news& news);
    void give_up_all();
    void pass_on(const redemption_id& id, const operator_resolution& word);

    const core_context& context_;
    account_registry& accounts_;
    const live_table& table_;
    const put_to_work begin_;

    base::wait_list draining_began_;
    bool draining_ = false;
    bool renewing_ = false;
    bool picked_up_ = false;
    bool taking_ = false;
};

}  // namespace gateway::redemption
