// Streaming replication between two servers of a test.

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/support/postgres_server.hpp"

namespace gateway::support {
namespace {

constexpr std::chrono::seconds limit{20};

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

}  // namespace

std::string postgres_server::primary_conninfo() const {
    return how_.standby_of->conninfo("postgres", "application_name=standby");
}

void postgres_server::copy_primary() const {
    run(
        {program("pg_basebackup"),
         "--pgdata=" + (folder_ / "data").string(),
         "--dbname=" + primary_conninfo(),
         "--write-recovery-conf",
         "--wal-method=stream",
         "--checkpoint=fast",
         "--no-sync"}
    );
}

void postgres_server::wait_for_answer(const std::string& sql, const std::string& wanted) const {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (query("postgres", sql) != wanted) {
        if (std::chrono::steady_clock::now() > until) {
            throw std::runtime_error("test server: no end of waiting for " + sql);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void postgres_server::set(const std::string& name, const std::string& value) const {
    query("postgres", "ALTER SYSTEM SET " + name + " = " + value);
    query("postgres", "SELECT pg_reload_conf()");
    wait_for_answer("SHOW " + name, value.substr(1, value.size() - 2));
}

void postgres_server::stop_receiving() {
    set("primary_conninfo", "''");
    wait_for_answer("SELECT count(*) FROM pg_stat_wal_receiver", "0");
}

void postgres_server::resume_receiving() {
    set("primary_conninfo", quoted(primary_conninfo()));
    wait_for_answer("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", "1");
}

void postgres_server::promote() {
    query("postgres", "SELECT pg_promote(true, 30)");
    wait_for_answer("SELECT pg_is_in_recovery()", "f");
}

void postgres_server::wait_replayed(const postgres_server& standby) const {
    const auto written = query("postgres", "SELECT pg_current_wal_flush_lsn()");
    standby.wait_for_answer(
        "SELECT pg_last_wal_replay_lsn() >= " + quoted(written) + "::pg_lsn", "t"
    );
}

}  // namespace gateway::support
