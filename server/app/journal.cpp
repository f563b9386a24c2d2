#include "server/app/journal.hpp"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <future>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/thread_priority.hpp"
#include "journal/postgres/fellows_keeper.hpp"
#include "journal/postgres/postgres_journal.hpp"
#include "journal/postgres/seal_rows.hpp"
#include "journal/sqlite/sqlite_journal.hpp"
#include "server/app/journal_settings.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {
namespace {

using seal_step = std::function<void(std::uint64_t)>;

std::uint64_t seal_file(
    const config::journal_settings& settings, std::ostream& out, const seal_step& on_step
) {
    auto now = sqlite_settings_of(settings);
    now.on_missing_log = [&out] {
        out << "journal: warning: " << missing_log_why << "; " << missing_log_do << '\n';
    };
    return journal::seal_sqlite_journal(std::move(now), on_step);
}

std::uint64_t seal_tables(const config::journal_settings& settings, const seal_step& on_step) {
    boost::asio::io_context loop;
    const base::system_runtime time(loop.get_executor());
    return journal::postgres::seal_postgres_journal(time, postgres_settings_of(settings), on_step);
}

}  // namespace

base::redacted_text place_of(const config::journal_settings& settings) {
    return base::redacted_text::trusted(settings.postgres ? "PostgreSQL" : settings.sqlite_path);
}

std::chrono::milliseconds sending_margin(const config::journal_settings& settings) {
    if (!settings.postgres) {
        return std::chrono::milliseconds::max();
    }
    const journal::postgres::lease_terms terms{settings.postgres->lease};
    return std::chrono::floor<std::chrono::milliseconds>(terms.margin());
}

bool seal_journal(const config::journal_settings& settings, std::ostream& out) {
    const auto on_step = [&out](std::uint64_t so_far) {
        if (so_far % 10'000 == 0) {
            out << "journal: " << so_far << " redemptions sealed" << std::endl;
        }
    };
    try {
        const auto sealed =
            settings.postgres ? seal_tables(settings, on_step) : seal_file(settings, out, on_step);
        out << "journal: " << sealed << " redemptions were in clear and are sealed now\n";
        if (settings.postgres && sealed > 0) {
            out << "journal: what they were before is in the tables until they are vacuumed, and in "
                   "backups and archived logs as long as those are kept\n";
        }
        return true;
    } catch (const std::exception& fault) {
        out << "journal: FAULT " << fault.what() << '\n';
        return false;
    }
}

bool close_within(journal::managed_journal& open, std::chrono::milliseconds patience) {
    const auto closed = std::make_shared<std::promise<void>>();
    const auto ended = closed->get_future();
    std::thread([&open, closed] {
        open.close();
        closed->set_value();
    }).detach();
    return ended.wait_for(patience) == std::future_status::ready;
}

journal::deferred_journal::opener journal_opener(
    base::runtime& time,
    config::journal_settings settings,
    redemption::journal_probe& probe,
    std::atomic<bool>& log_missing
) {
    static_cast<void>(read_keys(settings));
    return [&time, settings = std::move(settings), &probe, &log_missing](
           ) -> std::unique_ptr<journal::managed_journal> {
        // The journal's threads inherit it.
        base::lower_thread_priority(base::niceness_offset::shared_work);
        if (settings.postgres) {
            return journal::postgres::open_postgres_journal(
                time, postgres_settings_of(settings), probe
            );
        }
        auto now = sqlite_settings_of(settings);
        now.on_missing_log = [&log_missing] {
            log_missing = true;
        };
        return journal::open_sqlite_journal(time, std::move(now), probe);
    };
}

}  // namespace gateway::server
