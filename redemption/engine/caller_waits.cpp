#include "redemption/engine/caller_waits.hpp"

#include <algorithm>
#include <utility>

#include "redemption/engine/journal_reads.hpp"

namespace gateway::redemption {
namespace {

// The least that a look-up at the end of a drain gets.
constexpr std::chrono::milliseconds last_read{100};

}  // namespace

live_ptr caller_waits::find(const caller_name& caller, const idempotency_key& key) const {
    for (const auto& name : callers_.names_of(caller)) {
        if (auto live = table_.find(name, key)) {
            return live;
        }
    }
    return nullptr;
}

boost::asio::awaitable<void> caller_waits::complete(
    boost::asio::awaitable<found> task, std::shared_ptr<pending_read> of
) {
    of->result = co_await std::move(task);
    of->done.notify();
}

// No caller waits longer for a disk that hangs than for an acceptance.
boost::asio::awaitable<caller_waits::found> caller_waits::in_time(boost::asio::awaitable<found> task
) {
    const auto of = std::make_shared<pending_read>();
    context_.spawn(complete(std::move(task), of));
    const auto now = context_.time.now();
    const auto limit = std::min(now + for_acceptance, std::max(answer_by_, now + last_read));
    while (!of->result && context_.time.now() < limit) {
        co_await of->done.wait_until(context_.time, limit);
    }
    if (!of->result) {
        co_return journal_error{.reason = base::fixed_text("the journal does not answer")};
    }
    co_return std::move(*of->result);
}

// No caller gets a redemption before it is durable, however short its wait; a journal that
// hangs prolongs a wait to for_acceptance at most. Reading may go on where writing hangs, so
// an answer given before is looked up in time.
boost::asio::awaitable<void> caller_waits::until_accepted(live_ptr live, time durable_by) {
    const auto look_up_at = context_.time.now() + for_acceptance / 2;
    while (!live->ended && !live->accepted && !live->answered_before) {
        const auto now = context_.time.now();
        const auto until = std::min(durable_by, answer_by_);
        if (now >= until) {
            co_return;
        }
        if (now >= look_up_at && !std::exchange(live->looked_up, true)) {
            context_.spawn(look_up(live));
        }
        const auto look = live->looked_up ? until : std::min(until, look_up_at);
        co_await live->changed.wait_until(context_.time, look);
    }
}

// The key of a wish that the journal has not accepted yet may have an answer already.
boost::asio::awaitable<void> caller_waits::look_up(live_ptr live) {
    const auto row = co_await read_by_key(
        context_.journal, callers_.names_of(live->record.caller), live->record.key
    );
    if (!row || !*row || live->accepted) {
        co_return;
    }
    const auto& known = **row;
    const bool stands = known.state != state::pending && known.state != state::failed;
    if (stands || known.body != live->record.body) {
        live->answered_before = known;
        live->changed.notify();
    }
}

boost::asio::awaitable<void> caller_waits::until_ended(live_ptr live, caller_wait caller) {
    const account_name account = live->record.account;
    const bool may_wait = live->accepted && limiter_.try_acquire(account);
    auto* const closed = caller.connection != nullptr ? &caller.connection->changed() : nullptr;
    while (may_wait && !live->ended && !caller.ended(context_.time.now()) &&
           context_.time.now() < answer_by_) {
        co_await live->changed.wait_until(
            context_.time, std::min(caller.until, answer_by_), closed
        );
    }
    if (may_wait) {
        limiter_.release(account);
    }
}

// A process whose time to send is over may have lost what it works on without knowing.
bool caller_waits::may_be_elsewhere(const live_redemption& live) const {
    const auto& fellows = context_.fellows;
    return fellows.shared() && live.accepted && !live.ended &&
           (live.elsewhere || context_.time.since_boot() >= fellows.may_send_until(fellows.life()));
}

boost::asio::awaitable<caller_waits::found> caller_waits::ended_elsewhere(live_ptr live) {
    if (!may_be_elsewhere(*live)) {
        co_return std::optional<record>();
    }
    auto known = co_await in_time(context_.journal.find(live->record.id));
    const bool is_newer = known && *known && (*known)->state != state::pending && !live->ended;
    if (known && !is_newer) {
        co_return std::optional<record>();
    }
    co_return known;
}

// A redemption with another body has the key only once the journal has accepted it: the journal
// may know the key already, for the body of this wish.
boost::asio::awaitable<live_ptr> caller_waits::owner_of_key(
    const submission& wish, live_ptr live, time accepted_by
) {
    while (live && live->record.body != wish.body && !live->accepted && !live->answered_before &&
           context_.time.now() < std::min(accepted_by, answer_by_)) {
        co_await live->changed.wait_until(context_.time, std::min(accepted_by, answer_by_));
        live = find(wish.caller, wish.key);
    }
    co_return live;
}

void caller_waits::begin_drain(time answer_by) {
    answer_by_ = answer_by;
}

}  // namespace gateway::redemption
