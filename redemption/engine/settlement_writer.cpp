#include "redemption/engine/settlement_writer.hpp"

#include <stdexcept>

#include "redemption/rules/lifecycle.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

// A working journal that refuses the same settlement this often will never take it.
constexpr int most_refusals = 20;

}  // namespace

boost::asio::awaitable<bool> settlement_writer::write(
    live_redemption& live, const settlement& what
) {
    int refusals = 0;
    for (;;) {
        const auto written = co_await context_.journal.settle(what);
        if (written && std::holds_alternative<not_ours>(*written)) {
            co_await tell_late(live, what);
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

// The process that has taken the redemption over closed the attempt as ambiguous.
boost::asio::awaitable<void> settlement_writer::tell_late(
    live_redemption& live, const settlement& what
) {
    if (!what.ended) {
        co_return;
    }
    int refusals = 0;
    for (;;) {
        auto told = co_await context_.journal.tell_late(what);
        if (told && *told) {
            live.record = std::move(**told);
        }
        if (told) {
            co_return;
        }
        count_refusal(live, told.error(), refusals);
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
