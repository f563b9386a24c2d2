#include "server/app_journal.hpp"

#include <stdexcept>

#include "journal/sqlite_journal.hpp"

namespace gateway::server {

std::unique_ptr<journal::managed_journal> open_journal(
    boost::asio::any_io_executor loop,
    const config::journal_settings& settings,
    redemption::journal_probe& probe
) {
    journal::sqlite_settings out;
    out.path = settings.sqlite_path;
    if (!settings.encryption_key_file.empty()) {
        auto keys = journal::load_sealing_keys(settings.encryption_key_file);
        if (const auto* fault = std::get_if<std::string>(&keys)) {
            throw std::runtime_error("journal.encryption_key_file: " + *fault);
        }
        out.keys = std::move(std::get<journal::sealing_keys>(keys));
    }
    return journal::open_sqlite_journal(std::move(loop), std::move(out), probe);
}

}  // namespace gateway::server
