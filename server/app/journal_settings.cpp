#include "server/app/journal_settings.hpp"

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "server/observe/build_info.hpp"

namespace gateway::server {
namespace {

// A pod's name, where there is one.
std::string own_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

std::optional<journal::sealing_keys> read_keys(const config::journal_settings& settings) {
    if (settings.encryption_key_file.empty()) {
        return std::nullopt;
    }
    auto keys = journal::load_sealing_keys(settings.encryption_key_file);
    if (const auto* fault = std::get_if<std::string>(&keys)) {
        throw std::runtime_error("journal.encryption_key_file: " + *fault);
    }
    return std::move(std::get<journal::sealing_keys>(keys));
}

journal::sqlite_settings sqlite_settings_of(const config::journal_settings& settings) {
    journal::sqlite_settings out;
    out.path = settings.sqlite_path;
    out.must_exist = settings.must_exist;
    out.keys = read_keys(settings);
    return out;
}

journal::postgres::postgres_settings postgres_settings_of(const config::journal_settings& settings
) {
    const auto& from = *settings.postgres;
    journal::postgres::postgres_settings out;
    auto& connect = out.writer.connect;
    connect.conninfo_file = from.conninfo_file;
    connect.tls_off = !from.tls;
    connect.through_pooler = from.pooler;
    out.writer.kept_by = from.durability == config::journal_durability::standby
                             ? journal::postgres::durability::standby
                             : journal::postgres::durability::storage;
    out.writer.process.name = own_name();
    out.writer.process.version = this_build().version;
    out.lease = from.lease;
    out.must_exist = settings.must_exist;
    out.keys = read_keys(settings);
    return out;
}

}  // namespace gateway::server
