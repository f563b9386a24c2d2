#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "redemption/engine/caller_names.hpp"
#include "redemption/engine/core_context.hpp"
#include "redemption/engine/live_table.hpp"
#include "redemption/rules/caller_wait_limiter.hpp"

namespace gateway::redemption {

// The waits of callers: for an acceptance, for the end of a redemption, for the journal's answer.
// None lasts longer than its caller allows, or than a drain. Loop thread only.
class caller_waits {
public:
    using time = std::chrono::steady_clock::time_point;
    using found = journal_result<std::optional<record>>;

    // How long a caller waits for the acceptance to be durable, even if its own wait is shorter.
    static constexpr std::chrono::seconds for_acceptance{2};

    // All outlive this object.
    caller_waits(
        const core_context& context,
        const caller_names& callers,
        const live_table& table,
        std::size_t accounts
    )
        : context_(context),
          callers_(callers),
          table_(table),
          limiter_(context.most_callers, accounts) {}

    // The redemption at work under the caller's key, also under an earlier name of it.
    live_ptr find(const caller_name& caller, const idempotency_key& key) const;
    // An answer of the journal; an error when it does not come in time. A disk that hangs is waited
    // for no longer than an acceptance.
    boost::asio::awaitable<found> in_time(boost::asio::awaitable<found> task);
    // Until it is durable, has ended, or turns out to have been answered before.
    boost::asio::awaitable<void> until_accepted(live_ptr live, time durable_by);
    // Until it has ended, or the caller's wait has.
    boost::asio::awaitable<void> until_ended(live_ptr live, caller_wait caller);
    // The journal's record of a redemption that another process works on, or may have taken over,
    // once that process has ended it; nothing when the record here is as new; an error when the
    // journal does not answer in time.
    boost::asio::awaitable<found> ended_elsewhere(live_ptr live);
    // The redemption that has the wish's key, as soon as that is known: one with another body has
    // it only once the journal has accepted it.
    boost::asio::awaitable<live_ptr> owner_of_key(
        const submission& wish, live_ptr live, time accepted_by
    );
    // Every wait ends then at the latest.
    void begin_drain(time answer_by);

private:
    struct pending_read {
        std::optional<found> result;
        base::wait_list done;
    };

    static boost::asio::awaitable<void> complete(
        boost::asio::awaitable<found> task, std::shared_ptr<pending_read> of
    );
    boost::asio::awaitable<void> look_up(live_ptr live);
    bool may_be_elsewhere(const live_redemption& live) const;

    const core_context& context_;
    const caller_names& callers_;
    const live_table& table_;
    caller_wait_limiter limiter_;
    time answer_by_ = time::max();
};

}  // namespace gateway::redemption
