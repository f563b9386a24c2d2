#include "journal/postgres/server_checks.hpp"

#include <array>
#include <utility>

namespace gateway::journal::postgres {
namespace {

const statement facts{
    "server_facts",
    "SELECT current_setting('server_version_num')::integer, pg_is_in_recovery(),"
    " current_setting('transaction_read_only')::boolean, current_setting('fsync')::boolean,"
    " current_setting('full_page_writes')::boolean, current_setting('synchronous_commit'),"
    " current_setting('default_transaction_isolation'),"
    " current_setting('synchronous_standby_names'), current_setting('server_encoding'),"
    " extract(epoch FROM pg_postmaster_start_time())::text",
    {},
};

constexpr int oldest_server = 150'000;

struct check {
    bool (*fails)(const server_facts& of, durability wanted);
    base::fixed_text fault;
};

constexpr std::array checks{
    check{
        [](const server_facts& of, durability) { return of.version < oldest_server; },
        "PostgreSQL is older than version 15"
    },
    check{
        [](const server_facts& of, durability) { return of.in_recovery; },
        "the server is a standby, or still recovering"
    },
    check{
        [](const server_facts& of, durability) { return of.read_only && !of.in_recovery; },
        "the server is read-only (default_transaction_read_only)"
    },
    check{
        [](const server_facts& of, durability) { return !of.fsync; },
        "fsync is off: a power cut would lose or damage what was confirmed"
    },
    check{
        [](const server_facts& of, durability) { return !of.full_page_writes; },
        "full_page_writes is off: a power cut could damage what was confirmed"
    },
    check{
        [](const server_facts& of, durability) {
            return of.synchronous_commit != "on" && of.synchronous_commit != "remote_apply";
        },
        "synchronous_commit is neither on nor remote_apply (for the journal's user or database)"
    },
    check{
        [](const server_facts& of, durability) { return of.default_isolation != "read committed"; },
        "default_transaction_isolation is not read committed"
    },
    check{
        [](const server_facts& of, durability) { return of.encoding != "UTF8"; },
        "the database's encoding is not UTF8"
    },
    check{
        [](const server_facts& of, durability wanted) {
            return wanted == durability::standby && of.synchronous_standby_names.empty();
        },
        "synchronous_standby_names is empty, but journal.postgres.durability is standby"
    },
};

}  // namespace

pg_outcome<server_facts> read_facts(connection& on) {
    const auto result = on.run(call{.what = &facts});
    if (!result) {
        return result.error();
    }
    row_reader at(*result, 0);
    server_facts found;
    found.version = at.next<std::int32_t>();
    found.in_recovery = at.next<bool>();
    found.read_only = at.next<bool>();
    found.fsync = at.next<bool>();
    found.full_page_writes = at.next<bool>();
    found.synchronous_commit = at.next<std::string>();
    found.default_isolation = at.next<std::string>();
    found.synchronous_standby_names = at.next<std::string>();
    found.encoding = at.next<std::string>();
    found.started = at.next<std::string>();
    if (at.error()) {
        return *at.error();
    }
    return found;
}

std::optional<base::redacted_text> fault_of(const schema_state& found, int newest) {
    if (found.works_from <= newest) {
        return std::nullopt;
    }
    return "the tables need a newer version of the gateway (schema " +
           base::redacted_text::number(found.version) + ", this one knows up to " +
           base::redacted_text::number(newest) + "): update it";
}

std::vector<base::redacted_text> faults_of(
    const server_facts& facts_found,
    durability wanted,
    const std::optional<schema_state>& found,
    int newest
) {
    std::vector<base::redacted_text> faults;
    for (const check& one : checks) {
        if (one.fails(facts_found, wanted)) {
            faults.emplace_back(one.fault);
        }
    }
    if (found) {
        if (auto fault = fault_of(*found, newest)) {
            faults.push_back(std::move(*fault));
        }
    }
    return faults;
}

}  // namespace gateway::journal::postgres
