#include "server/app/move.hpp"

#include <boost/asio/io_context.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "journal/move/journal_move.hpp"
#include "server/app/journal_settings.hpp"
#include "server/app/names.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {
namespace {

namespace moving = journal::moving;
using moving::move_step;

constexpr std::int64_t progress_every = 10'000;

// The oldest name of each caller, by each of its names.
moving::source::key_scopes scopes_of(const config::settings& settings) {
    moving::source::key_scopes scopes;
    for (const auto& [caller, earlier] : earlier_names_of(settings)) {
        scopes[caller.str()] = earlier.front().str();
        for (const auto& name : earlier) {
            scopes[name.str()] = earlier.front().str();
        }
    }
    return scopes;
}

void report_step(std::ostream& out, move_step step, std::int64_t done, std::int64_t all) {
    const bool round = done % progress_every == 0 || done == all;
    switch (step) {
        case move_step::waits:
            out << "journal: waiting to see whether a replica that did not leave still serves it"
                << std::endl;
            return;
        case move_step::began:
            out << "journal: " << all << " redemptions are to be copied, " << done
                << " of them were before" << std::endl;
            return;
        case move_step::copies:
        case move_step::compares:
            if (round) {
                out << "journal: " << done << " of " << all << " redemptions "
                    << (step == move_step::copies ? "copied" : "compared") << std::endl;
            }
            return;
        case move_step::concludes:
            return;
    }
}

void report_end(std::ostream& out, const moving::move_report& report) {
    const auto& all = report.counts;
    out << "journal: moved " << all.redemptions() << " redemptions (" << all.pending << " pending, "
        << all.unknown << " unknown, " << all.succeeded << " succeeded, " << all.rejected
        << " rejected, " << all.failed << " failed), " << all.confirmed << " confirmed totals, "
        << all.doubtful << " in doubt, " << all.bans << " bans; every row was compared\n";
    if (report.in_clear > 0) {
        out << "journal: warning: " << report.in_clear
            << " redemptions were accepted before there was a key and are stored in clear\n";
    }
    for (const auto& [id, count] : report.unreadable) {
        out << "journal: warning: " << count << " redemptions are sealed with key " << id
            << ", which is not configured: they can't be read\n";
    }
    out << "journal: the file is marked: no gateway serves it any more\n";
}

}  // namespace

bool move_journal(const config::settings& settings, const std::string& from, std::ostream& out) {
    try {
        if (!settings.journal.postgres) {
            throw std::runtime_error(
                "the configured journal is in SQLite, but a journal is moved to PostgreSQL only"
            );
        }
        boost::asio::io_context loop;
        base::system_runtime time(loop.get_executor());
        moving::move_settings how;
        how.from.path = from;
        how.from.keys = read_keys(settings.journal);
        how.from.on_missing_log = [&out] {
            out << "journal: warning: " << missing_log_why << "; " << missing_log_do << '\n';
        };
        how.to = postgres_settings_of(settings.journal);
        how.key_scopes = scopes_of(settings);
        how.on_step = [&out](move_step step, std::int64_t done, std::int64_t all) {
            report_step(out, step, done, all);
        };
        report_end(out, moving::move_journal(time, how));
        return true;
    } catch (const std::exception& fault) {
        out << "journal: FAULT " << fault.what() << '\n';
        return false;
    }
}

}  // namespace gateway::server
