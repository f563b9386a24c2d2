#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "journal/move/journal_move.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/journal/sealed_fixture.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {

// A journal in SQLite, an empty database, and moves from one to the other.
class move_test : public sealed_test {
protected:
    postgres::postgres_settings target_settings(const std::string& key_file = "") const {
        postgres::postgres_settings made;
        made.writer.connect.conninfo_file = database.conninfo_file();
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        made.lease = std::chrono::milliseconds(1500);
        made.keys = keys_of(key_file);
        return made;
    }
    std::unique_ptr<managed_journal> open_target(const std::string& key_file = "") {
        return postgres::open_postgres_journal(loop.time(), target_settings(key_file), probe);
    }
    std::string target_refusal() {
        try {
            open_target();
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "";
    }

    using step_hook = std::function<void(moving::move_step, std::int64_t)>;
    moving::move_settings move_settings(const std::string& key_file = "") const {
        moving::move_settings how;
        how.from = settings_with(key_file);
        how.to = target_settings(key_file);
        how.key_scopes = {{"pos", "till"}, {"till", "till"}};
        how.on_step = [](auto, auto, auto) {
        };
        return how;
    }
    // The fault of the move; empty when it was done.
    std::string move(const moving::move_settings& how) {
        try {
            report = moving::move_journal(loop.time(), how);
        } catch (const std::runtime_error& fault) {
            return fault.what();
        }
        return "";
    }
    std::string move() { return move(move_settings()); }

    support::postgres_database database;
    moving::move_report report;
};

}  // namespace gateway::journal::testing
