#include "server/app/check.hpp"

#include <filesystem>
#include <ostream>
#include <system_error>

#include "journal/postgres/conninfo.hpp"
#include "journal/sealing.hpp"
#include "journal/sqlite/unconfigured_names.hpp"
#include "server/app/account_keys.hpp"
#include "server/app/listener_keys.hpp"
#include "server/app/names.hpp"
#include "text/timestamp.hpp"

namespace gateway::server {
namespace {

// Without asking the server, which a gateway waits for if need be.
std::optional<base::redacted_text> fault_of_conninfo(const config::postgres_settings& settings) {
    const auto read = journal::postgres::read_conninfo(settings.conninfo_file);
    if (!read) {
        return read.error().reason;
    }
    journal::postgres::connection_settings how;
    how.tls_off = !settings.tls;
    const auto hosts = journal::postgres::hosts_of(read->text, how);
    return hosts ? std::nullopt : std::optional(hosts.error().reason);
}

bool check_place(const config::journal_settings& settings, std::ostream& out) {
    if (!settings.postgres) {
        out << "journal: " << settings.sqlite_path << '\n';
        return true;
    }
    const auto& postgres = *settings.postgres;
    const bool standby = postgres.durability == config::journal_durability::standby;
    out << "journal: PostgreSQL, durability " << (standby ? "standby" : "storage") << '\n';
    const auto fault = fault_of_conninfo(postgres);
    if (fault) {
        out << "journal: FAULT conninfo_file: " << *fault << '\n';
    }
    return !fault;
}

bool check_journal(const config::journal_settings& settings, std::ostream& out) {
    const bool well = check_place(settings, out);
    if (settings.encryption_key_file.empty()) {
        out << "journal: no encryption key, codes are stored in clear\n";
        return well;
    }
    const auto keys = journal::load_sealing_keys(settings.encryption_key_file);
    if (const auto* fault = std::get_if<std::string>(&keys)) {
        out << "journal: FAULT encryption_key_file: " << *fault << '\n';
        return false;
    }
    for (const auto& key : std::get<journal::sealing_keys>(keys).all()) {
        out << "journal: encryption key " << key.id << '\n';
    }
    return well;
}

// A start takes an empty file for none, too.
bool has_file(const config::journal_settings& settings) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(settings.sqlite_path, missing);
    return !missing && size > 0;
}

void report_missing_journal(const config::journal_settings& settings, std::ostream& out) {
    const auto folder = std::filesystem::absolute(settings.sqlite_path).parent_path();
    std::error_code unknown;
    if (!std::filesystem::is_directory(folder, unknown)) {
        out << "journal: warning: its folder does not exist, and a start does not create it: "
               "is its volume mounted?\n";
        return;
    }
    if (settings.must_exist) {
        out << "journal: warning: there is none, and must_exist forbids a start to create it\n";
    } else {
        out << "journal: there is none; a start creates it\n";
    }
}

// Only if there is a journal that can be read already; a gateway may own it.
void report_unconfigured_names(const config::settings& settings, std::ostream& out) {
    if (settings.journal.postgres) {
        out << "journal: not looked into for names that are not configured: only a start asks the "
               "database\n";
        return;
    }
    if (!has_file(settings.journal)) {
        report_missing_journal(settings.journal, out);
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
