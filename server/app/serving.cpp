// From the first connection to the last: opening the journal, serving, draining.

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/app/names.hpp"
#include "server/app/parts.hpp"

namespace gateway::server {
namespace {

using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
// An opening that takes longer is logged; one that another process's lock stops fails sooner.
constexpr std::chrono::seconds usual_opening{2};
// In a drain, a client in the middle of a request has this long to complete it.
constexpr std::chrono::seconds slow_sender_grace{5};

}  // namespace

awaitable<void> app::parts::serve() {
    background.spawn(listeners.admin().run());
    background.spawn(lag.run());
    background.spawn(key_files.run());
    background.spawn(watch_reload_signal());
    background.spawn(watch_slow_opening());
    background.spawn(open_journal());
    work.spawn(listeners.api().run());
    co_await stop_signals.async_wait(awaitable_tuple);
    const auto before = life.state();
    life.apply(life_event::stop_requested);
    journal.cancel_open();
    opening_timer.cancel();
    background.spawn(watch_second_stop_signal());
    if (before == life_state::serving) {
        co_await announce_end();
    }
    co_await drain(before);
    life.apply(life_event::stop_finished);
}

// However long the opening takes: callers get 503 and /readyz the reason meanwhile.
awaitable<void> app::parts::open_journal() {
    const auto outcome = co_await journal.open([this] { return resume_pending(); });
    if (outcome == journal::open_outcome::cancelled || !life.apply(life_event::journal_ready)) {
        co_return;
    }
    opening_timer.cancel();
    background.spawn(housekeeping.watch_trouble());
    background.spawn(housekeeping.sweep());
    background.spawn(journal_watch.watch_writes());
    background.spawn(journal_watch.watch_storage());
    background.spawn(journal_watch.count_rows_in_clear());
    background.spawn(journal_watch.recount_unknown(journal));
    if (settings.journal.postgres) {
        background.spawn(losses.watch());
    }
    if (const auto created = journal.created_at()) {
        observer.journal_created_at(*created);
    }
    const auto file = place_of(settings.journal);
    if (journal.is_new()) {
        observer.journal_is_new(file);
    }
    if (journal_log_missing) {
        observer.journal_log_missing(file);
    }
    log_addresses(config::log_level::info, "serving", {});
}

// Everything that the journal holds as pending is at work again before the first new redemption is
// accepted.
awaitable<redemption::journal_result<void>> app::parts::resume_pending() {
    const auto unknown = co_await journal.count_unknown();
    if (!unknown) {
        co_return unknown.error();
    }
    const auto taken = co_await engine->pick_up();
    if (!taken) {
        co_return taken.error();
    }
    if (const auto strangers = co_await journal.find_unconfigured(names_of(settings))) {
        for (const auto& one : *strangers) {
            const auto why = sentence_about(one, settings);
            log.warn("name_not_configured", {{"why", why}});
        }
    }
    observer.unknown_at_start(*unknown);
    log.info("picked_up", {{"pending", static_cast<std::int64_t>(*taken)}});
    co_return redemption::journal_result<void>();
}

// An opening may take long, or hang with its disk, without failing.
awaitable<void> app::parts::watch_slow_opening() {
    opening_timer.expires_after(usual_opening);
    co_await opening_timer.async_wait(awaitable_tuple);
    report_journal_delay();
}

void app::parts::on_opening_failed(const base::redacted_text& why) {
    observer.failed(why);
    report_journal_delay();
}

void app::parts::report_journal_delay() {
    const auto trouble = journal.trouble();
    if (trouble && life.apply(life_event::journal_delayed)) {
        log_addresses(config::log_level::warn, "waiting_for_journal", trouble->reason);
    }
}

void app::parts::log_addresses(
    config::log_level level, base::fixed_text event, const base::redacted_text& why
) {
    log.write(
        level,
        event,
        {{"api_address", base::redacted_text::trusted(settings.server.api.address)},
         {"api_port", std::int64_t{listeners.api().port()}},
         {"admin_address", base::redacted_text::trusted(settings.server.admin.address)},
         {"admin_port", std::int64_t{listeners.admin().port()}},
         {"journal", place_of(settings.journal)},
         {"why", why}}
    );
}

// /readyz answers 503 from now on, but load balancers need time to notice.
awaitable<void> app::parts::announce_end() {
    log.info("ending", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    listeners.api().close_after_answers();
    asio::steady_timer delay(executor, settings.server.drain_delay);
    co_await delay.async_wait(awaitable_tuple);
}

awaitable<void> app::parts::drain(life_state before) {
    log.info("draining", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    const bool finished = co_await finish_work();
    bool ended = false;
    if (finished) {
        ended = co_await end_background();
    } else {
        log.warn("drain_timeout", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    }
    result = ending_of(before, finished, ended);
    if (result != ending::drained) {
        loop.stop();
    }
}

// Every waiting caller has an answer before the time is up; slow senders and readers do not delay
// the end.
awaitable<bool> app::parts::finish_work() {
    const auto given = settings.server.drain_timeout;
    const auto begun = steady_clock::now();
    const auto limit = begun + given;
    drained_by = limit;
    const auto answer_by =
        limit - std::min<std::chrono::milliseconds>(given / 10, std::chrono::seconds(1));
    engine->begin_drain(answer_by);
    listeners.api().drain();
    bool finished = co_await work.wait_empty(std::min(begun + slow_sender_grace, answer_by));
    if (!finished) {
        listeners.api().close_waiting();
        finished = co_await work.wait_empty(limit);
    }
    if (!finished) {
        listeners.api().close_all();
        finished = co_await work.wait_empty(steady_clock::now() + std::chrono::milliseconds(100));
    }
    co_return finished;
}

awaitable<bool> app::parts::end_background() {
    listeners.admin().drain();
    accounts.close_idle();
    housekeeping.stop();
    journal_watch.stop();
    losses.stop();
    key_files.stop();
    lag.stop();
    reload_signals.cancel();
    stop_signals.cancel();
    bool ended = co_await background.wait_empty(steady_clock::now() + std::chrono::seconds(1));
    if (!ended) {
        listeners.admin().close_all();
        ended = co_await background.wait_empty(steady_clock::now() + std::chrono::seconds(4));
    }
    co_return ended;
}

awaitable<void> app::parts::watch_reload_signal() {
    while (!life.stopping()) {
        const auto [error, number] = co_await reload_signals.async_wait(awaitable_tuple);
        if (!error) {
            log.info("rereading_keys", {});
            key_files.check_now();
        }
    }
}

// A second stop signal ends the process at once.
awaitable<void> app::parts::watch_second_stop_signal() {
    const auto [error, number] = co_await stop_signals.async_wait(awaitable_tuple);
    if (!error) {
        log.warn("stopped_at_once", {});
        loop.stop();
    }
}

}  // namespace gateway::server
