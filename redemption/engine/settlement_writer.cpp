#include "redemption/engine/settlement_writer.hpp"

#include <stdexcept>

#include "redemption/rules/lifecycle.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

// A working journal that refuses the same settlement this often will never take it.
constexpr int most_refusals = 20;
// How long the end of an attempt is told again while the process that took the redemption over has
// not closed it. That process may be lost as well, and be taken over after its lease.
constexpr std::chrono::seconds closed_within{60};

}  // namespace

boost::asio::awaitable<bool> settlement_writer::write(
    live_redemption& live, const settlement& what
) {
    int refusals = 0;
    for (;;) {
        const auto written = co_await context_.journal.settle(what);
        if (written && std::holds_alternative<not_ours>(*written)) {
            if (auto now = co_await tell_late(live, what)) {
                live.record = std::move(*now);
            }
            co_return false;
        }
        if (written) {
            break;
        }
        count_refusal(live, written.error(), refusals);
        co_await pause(live);
    }
    const auto before = live.record.state;
    apply(live.record, what);
    context_.probe.redemption_state(live.record, before, live.time.age(context_.time.now()));
    if (what.history) {
        context_.probe.operator_acted(live.record, *what.history);
    }
    co_return true;
}

boost::asio::awaitable<std::optional<record>> settlement_writer::tell_not_sent(
    live_redemption& live, const attempt& begun
) {
    return tell_late(live, never_sent(live.record, begun, context_.time.wall_now()));
}

// The process that has taken the redemption over closes the attempt as ambiguous. Before that there
// is no doubt yet that the evidence could settle.
boost::asio::awaitable<std::optional<record>> settlement_writer::tell_late(
    live_redemption& live, settlement what
) {
    if (!what.ended) {
        co_return std::nullopt;
    }
    int refusals = 0;
    std::optional<base::steady_time> until;
    for (;;) {
        auto told = co_await context_.journal.tell_late(what);
        if (!told) {
            count_refusal(live, told.error(), refusals);
        } else if (!told->not_closed) {
            if (told->contradicts) {
                context_.probe.resolution_contradicted(*told->now, *what.ended);
            }
            co_return std::move(told->now);
        } else if (context_.time.now() >= until.value_or(base::steady_time::max())) {
            context_.probe.journal_trouble(
                live.record, {"the process that took it over did not close its attempt"}
            );
            co_return std::nullopt;
        } else if (!until) {
            until = context_.time.now() + closed_within;
        }
        co_await pause(live);
    }
}

void settlement_writer::count_refusal(
    const live_redemption& live, const journal_error& why, int& refusals
) const {
    context_.probe.journal_trouble(live.record, why.reason);
    refusals = context_.journal.trouble() ? 0 : refusals + 1;
    if (refusals == most_refusals) {
        throw std::logic_error("the journal refuses a settlement: " + std::string(why.reason));
    }
}

boost::asio::awaitable<void> settlement_writer::pause(live_redemption& live) const {
    co_await live.wake.wait_until(context_.time, context_.time.now() + journal_pause);
}

}  // namespace gateway::redemption
