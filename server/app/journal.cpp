#include "server/app/journal.hpp"

#include <future>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/thread_priority.hpp"
#include "journal/sqlite/sqlite_journal.hpp"
#include "server/observe/observer.hpp"

namespace gateway::server {
namespace {

journal::sqlite_settings read_settings(const config::journal_settings& settings) {
    journal::sqlite_settings out;
    out.path = settings.sqlite_path;
    out.must_exist = settings.must_exist;
    if (!settings.encryption_key_file.empty()) {
        auto keys = journal::load_sealing_keys(settings.encryption_key_file);
        if (const auto* fault = std::get_if<std::string>(&keys)) {
            throw std::runtime_error("journal.encryption_key_file: " + *fault);
        }
        out.keys = std::move(std::get<journal::sealing_keys>(keys));
    }
    return out;
}

}  // namespace

bool seal_journal(const config::journal_settings& settings, std::ostream& out) {
    try {
        auto now = read_settings(settings);
        now.on_missing_log = [&out] {
            out << "journal: warning: " << missing_log_why << "; " << missing_log_do << '\n';
        };
        const auto sealed =
            journal::seal_sqlite_journal(std::move(now), [&out](std::uint64_t so_far) {
                if (so_far % 10'000 == 0) {
                    out << "journal: " << so_far << " redemptions sealed" << std::endl;
                }
            });
        out << "journal: " << sealed << " redemptions were in clear and are sealed now\n";
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
    read_settings(settings);
    return [&time, settings = std::move(settings), &probe, &log_missing] {
        // The journal's threads inherit it.
        base::lower_thread_priority(base::niceness_offset::shared_work);
        auto now = read_settings(settings);
        now.on_missing_log = [&log_missing] {
            log_missing = true;
        };
        return journal::open_sqlite_journal(time, std::move(now), probe);
    };
}

}  // namespace gateway::server
