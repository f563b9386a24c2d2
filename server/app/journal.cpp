#include "server/app/journal.hpp"

#include <stdexcept>

#include "base/thread_priority.hpp"
#include "journal/sqlite/sqlite_journal.hpp"

namespace gateway::server {
namespace {

journal::sqlite_settings read_settings(const config::journal_settings& settings) {
    journal::sqlite_settings out;
    out.path = settings.sqlite_path;
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

journal::deferred_journal::opener journal_opener(
    base::runtime& time, config::journal_settings settings, redemption::journal_probe& probe
) {
    read_settings(settings);
    return [&time, settings = std::move(settings), &probe] {
        // The journal's threads inherit it.
        base::lower_thread_priority(base::niceness_offset::shared_work);
        return journal::open_sqlite_journal(time, read_settings(settings), probe);
    };
}

}  // namespace gateway::server
