#pragma once

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
#include "server/app/listeners.hpp"
#include "server/app/methods.hpp"
#include "server/app/probes.hpp"
#include "server/observe/admin.hpp"
#include "server/observe/loop_lag.hpp"

namespace gateway::server {

namespace asio = boost::asio;

// Every long-lived object of the process, on one loop; runs once.
// Members stand in order of dependence: each uses only those above it.
struct app::parts {
    parts(const config::settings& given, log& out);

    // What they are made of (app.cpp).
    std::vector<readiness_check> readiness();
    std::unique_ptr<redemption::engine> make_core();
    void take_keys(const std::string& account, keys_reading reading);
    void show_certificates(const std::string& account, const keys_reading& reading);

    // From the first connection to the last (serving.cpp).
    asio::awaitable<void> serve();
    asio::awaitable<void> begin();
    asio::awaitable<redemption::journal_result<void>> take_up();
    asio::awaitable<void> watch_opening();
    void journal_not_open(std::string_view why);
    void tell_waiting();
    void tell_addresses(config::log_level level, std::string_view event, std::string_view why);
    asio::awaitable<void> announce_end();
    asio::awaitable<void> drain(life_state before);
    asio::awaitable<bool> finish_work();
    asio::awaitable<bool> end_background();
    asio::awaitable<void> watch_hangups();
    asio::awaitable<void> watch_second_signal();

    config::settings settings;
    log& lines;
    asio::io_context loop{1};
    asio::any_io_executor executor{loop.get_executor()};
    base::system_runtime time{executor};
    observer watched{lines};
    handlers::account_certificates certificates;
    platform_observer clients_watched{watched, certificates};
    base::task_group::on_failure told{[this](const auto& e) {
        watched.task_failed(e.what());
    }};
    base::worker_pool signers;
    asio::thread_pool readers{1};  // of changed secret files; opens the journal, too
    std::unique_ptr<net::resolver_cache> names{
        net::make_resolver_cache(executor, std::chrono::seconds(30), &watched)
    };
    base::task_group root{executor, told};        // serve()
    base::task_group background{executor, told};  // goes on until the drain is over
    base::task_group work{executor, told};        // what a drain waits for
    journal::deferred_journal journal{
        time,
        readers,
        journal_opener(time, settings.journal, watched),
        [this](std::string_view why) { journal_not_open(why); },
        {}
    };
    server::accounts accounts{{executor, *names, signers, clients_watched, clients_watched, watched}
    };
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
    life_cycle life;
    ending result = ending::cut_short;  // until a drain is over
};

}  // namespace gateway::server
