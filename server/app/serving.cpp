// From the first connection to the last: opening the journal, serving, draining.

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/app/parts.hpp"

namespace gateway::server {
namespace {

using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
// An opening that takes longer is told of; who waits for a foreign lock fails before.
constexpr std::chrono::seconds usual_opening{2};
// In a drain, who is still sending a request has this long to complete it.
constexpr std::chrono::seconds patience_with_senders{5};

}  // namespace

awaitable<void> app::parts::serve() {
    background.spawn(doors.admin().run());
    background.spawn(lag.run());
    background.spawn(keys.run());
    background.spawn(watch_hangups());
    background.spawn(watch_opening());
    background.spawn(begin());
    work.spawn(doors.api().run());
    co_await ends.async_wait(awaitable_tuple);
    const auto before = life.state();
    life.apply(life_event::stop_requested);
    journal.cancel_open();
    opening_patience.cancel();
    background.spawn(watch_second_signal());
    if (before == life_state::serving) {
        co_await announce_end();
    }
    co_await drain(before);
    life.apply(life_event::stop_finished);
}

// However long the journal has to be waited for: callers and probes are told why meanwhile.
awaitable<void> app::parts::begin() {
    const auto outcome = co_await journal.open([this] { return take_up(); });
    if (outcome == journal::open_outcome::cancelled || !life.apply(life_event::journal_ready)) {
        co_return;
    }
    opening_patience.cancel();
    background.spawn(housekeeping.watch_trouble());
    background.spawn(housekeeping.sweep());
    tell_addresses(config::log_level::info, "serving", {});
}

// Everything that the journal holds as pending is at work again before the first new wish is taken.
awaitable<redemption::journal_result<void>> app::parts::take_up() {
    const auto unknown = co_await journal.count_unknown();
    if (!unknown) {
        co_return unknown.error();
    }
    const auto taken = co_await engine->pick_up();
    if (!taken) {
        co_return taken.error();
    }
    watched.unknown_at_start(*unknown);
    lines.info("picked_up", {{"pending", static_cast<std::int64_t>(*taken)}});
    co_return redemption::journal_result<void>();
}

// An opening that doesn't fail may take its time all the same, or hang with its disk.
awaitable<void> app::parts::watch_opening() {
    opening_patience.expires_after(usual_opening);
    co_await opening_patience.async_wait(awaitable_tuple);
    tell_waiting();
}

void app::parts::journal_not_open(std::string_view why) {
    watched.failed(why);
    tell_waiting();
}

void app::parts::tell_waiting() {
    const auto trouble = journal.trouble();
    if (trouble && life.apply(life_event::journal_delayed)) {
        tell_addresses(config::log_level::warn, "waiting_for_journal", trouble->reason);
    }
}

void app::parts::tell_addresses(
    config::log_level level, std::string_view event, std::string_view why
) {
    lines.write(
        level,
        event,
        {{"api_address", settings.server.api.address},
         {"api_port", std::int64_t{doors.api().port()}},
         {"admin_address", settings.server.admin.address},
         {"admin_port", std::int64_t{doors.admin().port()}},
         {"why", why}}
    );
}

// /readyz says no from now on, but load balancers take their time to notice.
awaitable<void> app::parts::announce_end() {
    lines.info("ending", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    doors.api().send_away();
    asio::steady_timer delay(executor, settings.server.drain_delay);
    co_await delay.async_wait(awaitable_tuple);
}

awaitable<void> app::parts::drain(life_state before) {
    lines.info("draining", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    const bool finished = co_await finish_work();
    bool ended = false;
    if (finished) {
        ended = co_await end_background();
    } else {
        lines.warn("drain_timeout", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    }
    result = ending_of(before, finished, ended);
    if (result != ending::drained) {
        loop.stop();
    }
}

// Whoever waits has an answer before the time is up; slow senders and readers keep nobody.
awaitable<bool> app::parts::finish_work() {
    const auto given = settings.server.drain_timeout;
    const auto begun = steady_clock::now();
    const auto limit = begun + given;
    const auto answer_by =
        limit - std::min<std::chrono::milliseconds>(given / 10, std::chrono::seconds(1));
    engine->begin_drain(answer_by);
    doors.api().drain();
    bool finished = co_await work.wait_empty(std::min(begun + patience_with_senders, answer_by));
    if (!finished) {
        doors.api().close_waiting();
        finished = co_await work.wait_empty(limit);
    }
    if (!finished) {
        doors.api().close_all();
        finished = co_await work.wait_empty(steady_clock::now() + std::chrono::milliseconds(100));
    }
    co_return finished;
}

awaitable<bool> app::parts::end_background() {
    doors.admin().drain();
    accounts.close_idle();
    housekeeping.stop();
    keys.stop();
    lag.stop();
    hangups.cancel();
    ends.cancel();
    bool ended = co_await background.wait_empty(steady_clock::now() + std::chrono::seconds(1));
    if (!ended) {
        doors.admin().close_all();
        ended = co_await background.wait_empty(steady_clock::now() + std::chrono::seconds(4));
    }
    co_return ended;
}

awaitable<void> app::parts::watch_hangups() {
    while (!life.stopping()) {
        const auto [error, number] = co_await hangups.async_wait(awaitable_tuple);
        if (!error) {
            lines.info("rereading_keys", {});
            keys.look_now();
        }
    }
}

// Whoever asks twice does not want to wait.
awaitable<void> app::parts::watch_second_signal() {
    const auto [error, number] = co_await ends.async_wait(awaitable_tuple);
    if (!error) {
        lines.warn("stopped_at_once", {});
        loop.stop();
    }
}

}  // namespace gateway::server
