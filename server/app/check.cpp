#include "server/app/check.hpp"

#include <filesystem>
#include <ostream>
#include <system_error>

#include "journal/sealing.hpp"
#include "journal/sqlite/unconfigured_names.hpp"
#include "server/app/account_keys.hpp"
#include "server/app/listener_keys.hpp"
#include "server/app/names.hpp"
#include "text/timestamp.hpp"

namespace gateway::server {
namespace {

bool check_journal(const config::journal_settings& settings, std::ostream& out) {
    if (settings.postgres) {
        const bool standby = settings.postgres->durability == config::journal_durability::standby;
        out << "journal: PostgreSQL by " << settings.postgres->conninfo_file << ", durability "
            << (standby ? "standby" : "storage") << '\n';
    } else {
        out << "journal: " << settings.sqlite_path << '\n';
    }
    if (settings.encryption_key_file.empty()) {
        out << "journal: no encryption key, codes are stored in clear\n";
        return true;
    }
    const auto keys = journal::load_sealing_keys(settings.encryption_key_file);
    if (const auto* fault = std::get_if<std::string>(&keys)) {
        out << "journal: FAULT encryption_key_file: " << *fault << '\n';
        return false;
    }
    for (const auto& key : std::get<journal::sealing_keys>(keys).all()) {
        out << "journal: encryption key " << key.id << '\n';
    }
    return true;
}

// Only if there is a journal that can be read already; a gateway may own it.
void report_unconfigured_names(const config::settings& settings, std::ostream& out) {
    std::error_code ignored;
    if (settings.journal.postgres ||
        !std::filesystem::exists(settings.journal.sqlite_path, ignored)) {
        return;
    }
    const auto found =
        journal::find_unconfigured_names(settings.journal.sqlite_path, names_of(settings));
    if (!found) {
        out << "journal: not looked into for names that are not configured: "
            << found.error().reason << '\n';
        return;
    }
    for (const auto& one : *found) {
        out << "journal: warning: " << sentence_about(one, settings) << '\n';
    }
}

bool check_listener(
    const char* name,
    const std::optional<config::tls_settings>& tls,
    bool certificate_required,
    std::ostream& out
) {
    if (!tls) {
        return true;
    }
    const auto begin = "listener " + std::string(name) + ": ";
    const auto reading = read_listener_keys(*tls, certificate_required);
    for (const auto& fault : reading.faults) {
        out << begin << "FAULT " << fault << '\n';
    }
    if (reading.context) {
        const auto& facts = reading.context->certificate();
        out << begin << "certificate " << facts.serial << " of " << facts.subject << ", expires "
            << text::to_rfc3339(facts.not_after) << '\n';
    }
    return reading.faults.empty();
}

bool check_account(const config::account_settings& account, std::ostream& out) {
    const auto reading = read_keys(account);
    const auto begin = "account " + account.name + ": ";
    out << begin << account.gateway.text << '\n';
    if (account.proxy) {
        out << begin << "through the proxy " << account.proxy->host << ", port "
            << account.proxy->port << '\n';
    }
    for (const auto& line : reading.found) {
        out << begin << line << '\n';
    }
    for (const auto& fault : reading.faults) {
        out << begin << "FAULT " << fault << '\n';
    }
    return reading.faults.empty();
}

}  // namespace

bool check_config(const config::settings& settings, std::ostream& out) {
    bool well = check_journal(settings.journal, out);
    report_unconfigured_names(settings, out);
    const auto& server = settings.server;
    well = check_listener("api", server.api.tls, settings.callers.empty(), out) && well;
    well = check_listener("admin", server.admin.tls, true, out) && well;
    for (const auto& account : settings.accounts) {
        const bool account_well = check_account(account, out);
        well = well && account_well;
    }
    out << (well ? "all keys are usable\n" : "there are faults\n");
    return well;
}

}  // namespace gateway::server
