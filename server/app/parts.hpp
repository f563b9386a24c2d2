#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "redemption/engine/engine.hpp"
#include "redemption/engine/housekeeping.hpp"
#include "server/app/account_keys.hpp"
#include "server/app/accounts.hpp"
#include "server/app/api.hpp"
#include "server/app/app.hpp"
#include "server/app/file_watcher.hpp"
#include "server/app/journal.hpp"
#include "server/app/journal_watch.hpp"
#include "server/app/life_cycle.hpp"
#include "server/app/listeners.hpp"
#include "server/app/loss_watch.hpp"
#include "server/app/methods.hpp"
#include "server/app/probes.hpp"
#include "server/observe/admin.hpp"
#include "server/observe/loop_lag.hpp"

namespace gateway::server {

namespace asio = boost::asio;

// Every long-lived object of the process, on one loop; runs once.
// Members are in order of dependence: each uses only those above it.
struct app::parts {
    parts(const config::settings& given, server::log& out);

    // Construction, and what changed key files bring (app.cpp).
    std::vector<readiness_check> readiness_checks();
    void show_known_series();
    std::unique_ptr<redemption::engine> make_core();
    void apply_keys(const std::string& account, keys_reading reading);
    void publish_certificates(const std::string& account, const keys_reading& reading);

    // From the first connection to the last (serving.cpp).
    asio::awaitable<void> serve();
    asio::awaitable<void> open_journal();
    asio::awaitable<redemption::journal_result<void>> resume_pending();
    asio::awaitable<void> watch_slow_opening();
    void on_opening_failed(const base::redacted_text& why);
    void report_journal_delay();
    void log_addresses(
        config::log_level level, base::fixed_text event, const base::redacted_text& why
    );
    asio::awaitable<void> announce_end();
    asio::awaitable<void> drain(life_state before);
    asio::awaitable<bool> finish_work();
    asio::awaitable<bool> end_background();
    asio::awaitable<void> watch_reload_signal();
    asio::awaitable<void> watch_second_stop_signal();

    config::settings settings;
    server::log& log;
    asio::io_context loop{1};
    asio::any_io_executor executor{loop.get_executor()};
    base::system_runtime time{executor};
    server::observer observer{log};
    handlers::account_certificates certificates;
    platform_observer client_observer{observer, certificates};
    base::task_group::on_failure on_task_failure{[this](const auto& e) {
        observer.task_failed(base::redacted_text::trusted(e.what()));
    }};
    base::worker_pool signers;
    asio::thread_pool file_reader{1};  // for changed secret files, and the opening of the journal
    std::unique_ptr<net::resolver_cache> resolver{
        net::make_resolver_cache(executor, std::chrono::seconds(30), &observer)
    };
    base::task_group root{executor, on_task_failure};        // serve()
    base::task_group background{executor, on_task_failure};  // goes on until the drain is over
    base::task_group work{executor, on_task_failure};        // what a drain waits for
    std::atomic<bool> journal_log_missing{false};
    journal::deferred_journal journal{
        time,
        file_reader,
        journal_opener(time, settings.journal, observer, journal_log_missing),
        [this](const auto& why) { on_opening_failed(why); },
        {}
    };
    server::accounts accounts{
        {executor,
         *resolver,
         time,
         signers,
         client_observer,
         client_observer,
         observer,
         sending_margin(settings.journal)}
    };
    file_watcher key_files;
    method_directory directory{settings};
    std::unique_ptr<redemption::engine> engine;
    redemption::housekeeping housekeeping;
    server::journal_watch journal_watch{time, journal, observer};
    loss_watch losses{time, journal, observer};
    authenticator api_authenticator{settings.callers};
    authenticator admin_authenticator{{}};
    router api_router;
    router admin_router{admin_routes(observer, readiness_checks())};
    server::listeners listeners;
    loop_lag lag{executor, [this](auto late) {
                     observer.loop_lagged(late);
                     listeners.api().loop_lagged(late);
                 }};
    asio::signal_set stop_signals{loop, SIGINT, SIGTERM};
    asio::signal_set reload_signals{loop, SIGHUP};
    asio::steady_timer opening_timer{loop};
    life_cycle life;
    base::steady_time drained_by{};
    ending result = ending::cut_short;  // until a drain is over
};

}  // namespace gateway::server
