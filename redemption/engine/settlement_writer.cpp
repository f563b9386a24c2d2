#include "redemption/engine/settlement_writer.hpp"

#include <stdexcept>

#include "redemption/rules/lifecycle.hpp"
#include "redemption/rules/settlement.hpp"

namespace gateway::redemption {
namespace {

// A working journal that refuses the same settlement this often will never take it.
constexpr int most_refusals = 20;

}  // namespace

boost::asio::awaitable<void> settlement_writer::write(
    live_redemption& live, const settlement& what
) {
    int refusals = 0;
    for (;;) {
        const auto written = co_await context_.journal.settle(what);
        if (written) {
            break;
        }
        context_.probe.journal_trouble(live.record, written.error().reason);
        refusals = context_.journal.trouble() ? 0 : refusals + 1;
        if (refusals == most_refusals) {
            throw std::logic_error(
                "the journal refuses a settlement: " + std::string(written.error().reason)
            );
        }
        co_await live.wake.wait_until(context_.time, context_.time.now() + journal_pause);
    }
    const auto before = live.record.state;
    apply(live.record, what);
    context_.probe.redemption_state(live.record, before, live.time.age(context_.time.now()));
    if (what.history) {
        context_.probe.operator_acted(live.record, *what.history);
    }
}

}  // namespace gateway::redemption
