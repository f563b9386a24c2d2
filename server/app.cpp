#include "server/app.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "net/scheduling.hpp"
#include "net/task_group.hpp"
#include "net/worker_pool.hpp"
#include "redemption/engine.hpp"
#include "redemption/housekeeping.hpp"
#include "server/admin.hpp"
#include "server/api.hpp"
#include "server/app_accounts.hpp"
#include "server/app_journal.hpp"
#include "server/app_keys.hpp"
#include "server/app_listeners.hpp"
#include "server/app_methods.hpp"
#include "server/app_probes.hpp"
#include "server/key_watch.hpp"
#include "server/loop_lag.hpp"

namespace gateway::server {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto awaitable_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds key_watch_pause{5};
// An opening that takes longer is told of; who waits for a foreign lock fails before.
constexpr std::chrono::seconds usual_opening{2};
// In a drain, who is still sending a request has this long to complete it.
constexpr std::chrono::seconds patience_with_senders{5};

redemption::time_point wall_clock() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// One for each core, up to four.
std::size_t signer_count() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

redemption::housekeeping::settings housekeeping_of(const config::journal_settings& settings) {
    redemption::housekeeping::settings out;
    out.retention = settings.retention;
    return out;
}

}  // namespace

// Members stand in order of dependence: each uses only those above it.
struct app::parts {
    parts(const config::settings& given, log& out);

    std::vector<readiness_check> readiness();
    std::unique_ptr<redemption::engine> make_core();
    void take_keys(const std::string& account, keys_reading reading);
    void show_certificates(const std::string& account, const keys_reading& reading);

    awaitable<void> serve();
    awaitable<void> begin();
    awaitable<redemption::journal_result<void>> take_up();
    awaitable<void> watch_opening();
    void journal_not_open(std::string_view why);
    void tell_waiting();
    void tell_addresses(config::log_level level, std::string_view event, std::string_view why);
    awaitable<void> announce_end();
    awaitable<void> drain();
    awaitable<bool> finish_work();
    awaitable<bool> end_background();
    awaitable<void> watch_hangups();
    awaitable<void> watch_second_signal();

    config::settings settings;
    log& lines;
    asio::io_context loop{1};
    asio::any_io_executor executor{loop.get_executor()};
    observer watched{lines};
    handlers::account_certificates certificates;
    platform_observer clients_watched{watched, certificates};
    net::task_group::on_failure told{[this](const auto& e) {
        watched.task_failed(e.what());
    }};
    net::worker_pool signers{signer_count(), 0};  // accounts have queues of their own
    asio::thread_pool readers{1};                 // of changed secret files; opens the journal, too
    std::unique_ptr<net::resolver_cache> names{net::make_resolver_cache(executor)};
    net::task_group root{executor, told};        // serve()
    net::task_group background{executor, told};  // goes on until the drain is over
    net::task_group work{executor, told};        // what a drain waits for
    journal::late_journal journal{
        executor,
        readers,
        journal_opener(executor, settings.journal, watched),
        [this](std::string_view why) { journal_not_open(why); },
        {}
    };
    server::accounts accounts{{executor, *names, signers, clients_watched, clients_watched}};
    key_watch keys;
    method_directory directory{settings};
    std::unique_ptr<redemption::engine> engine;
    redemption::housekeeping housekeeping;
    callers api_callers{settings.callers};
    callers anybody{{}};
    router api_router;
    router admin_router{admin_routes(watched, readiness())};
    listeners doors;
    loop_lag lag{executor, [this](auto late) {
                     watched.loop_lagged(late);
                     doors.api().loop_lagged(late);
                 }};
    asio::signal_set ends{loop, SIGINT, SIGTERM};
    asio::signal_set hangups{loop, SIGHUP};
    asio::steady_timer opening_patience{loop};
    bool waiting = false;  // the log says that the journal is not open yet
    bool serving = false;
    bool draining = false;
    ending result = ending::cut_short;
};

app::parts::parts(const config::settings& given, log& out)
    : settings(given),
      lines(out),
      keys(executor, readers, key_watch_pause),
      engine(make_core()),
      housekeeping(
          executor,
          journal,
          wall_clock,
          housekeeping_of(settings.journal),
          [this](std::size_t count) { watched.journal_removed(count); }
      ),
      api_router(api_routes(*engine, directory, certificates)),
      doors(
          executor,
          settings,
          {"api", api_router, api_callers, watched},
          {"admin", admin_router, anybody, watched},
          work,
          background,
          watched
      ) {
    doors.watch(keys);
}

std::unique_ptr<redemption::engine> app::parts::make_core() {
    auto readings = read_all_keys(settings);
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const auto& account = settings.accounts[i];
        watched.account_configured(account.name);
        keys.add(look_for_change(
            readings[i].files,
            [account] { return digest_of_files(account); },
            [account] { return read_keys(account); },
            [this, name = account.name](auto reading) { take_keys(name, std::move(reading)); }
        ));
        show_certificates(account.name, readings[i]);
        accounts.add(account, std::move(*readings[i].keys));
    }
    return redemption::make_engine(
        {executor,
         journal,
         directory,
         watched,
         wall_clock,
         [this](awaitable<void> task) { work.spawn(std::move(task)); },
         settings.server.max_in_flight},
        accounts.entries()
    );
}

std::vector<readiness_check> app::parts::readiness() {
    using why_not = std::optional<std::string>;
    return {
        {"journal",
         [this]() -> why_not {
             const auto trouble = journal.trouble();
             return trouble ? why_not(trouble->reason) : std::nullopt;
         }},
        {"not_draining",
         [this]() -> why_not {
             return draining ? why_not("the gateway is stopping") : std::nullopt;
         }},
    };
}

void app::parts::take_keys(const std::string& account, keys_reading reading) {
    watched.keys_changed(account, reading.faults);
    if (reading.trust) {
        accounts.replace_trust(account, std::move(*reading.trust));
    }
    if (reading.keys) {
        show_certificates(account, reading);
        accounts.replace_keys(account, std::move(*reading.keys));
        engine->secrets_changed(redemption::account_name(account));
    }
}

void app::parts::show_certificates(const std::string& account, const keys_reading& reading) {
    const redemption::account_name name(account);
    certificates.replace(name, reading.certificates);
    for (const auto& one : reading.certificates) {
        watched.certificate_known(name, one.role, one.not_after);
    }
}

awaitable<void> app::parts::serve() {
    background.spawn(doors.admin().run());
    background.spawn(lag.run());
    background.spawn(keys.run());
    background.spawn(watch_hangups());
    background.spawn(watch_opening());
    background.spawn(begin());
    work.spawn(doors.api().run());
    co_await ends.async_wait(awaitable_tuple);
    draining = true;
    journal.give_up();
    opening_patience.cancel();
    background.spawn(watch_second_signal());
    if (serving) {
        co_await announce_end();
    }
    co_await drain();
}

// However long the journal has to be waited for: callers and probes are told why meanwhile.
awaitable<void> app::parts::begin() {
    const bool open = co_await journal.open([this] { return take_up(); });
    if (!open || draining) {
        co_return;
    }
    serving = true;
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
    if (!serving && !draining) {
        tell_waiting();
    }
}

void app::parts::journal_not_open(std::string_view why) {
    watched.failed(why);
    tell_waiting();
}

void app::parts::tell_waiting() {
    const auto trouble = journal.trouble();
    if (trouble && !waiting) {
        waiting = true;
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

awaitable<void> app::parts::drain() {
    lines.info("draining", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
    const bool finished = co_await finish_work();
    if (!finished) {
        lines.warn("drain_timeout", {{"at_work", static_cast<std::int64_t>(engine->at_work())}});
        loop.stop();
        co_return;
    }
    const bool ended = co_await end_background();
    if (ended) {
        result = ending::drained;
        co_return;
    }
    if (!serving) {
        result = ending::not_begun;
    }
    loop.stop();
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
    while (!draining) {
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

app::app(const config::settings& settings, log& out)
    : parts_(std::make_unique<parts>(settings, out)) {}

app::~app() = default;

ending app::run() {
    net::take_short_turns();
    parts_->root.spawn(parts_->serve());
    parts_->loop.run();
    parts_->journal.close();
    return parts_->result;
}

}  // namespace gateway::server
