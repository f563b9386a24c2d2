#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "base/clock.hpp"
#include "journal/postgres/connection.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::postgres {

// A database of its own for each test, on the program's server.
class postgres_test : public testing::Test {
protected:
    connection_settings settings(const std::string& more = "") const {
        connection_settings made;
        made.conninfo_file = database.conninfo_file(more);
        return made;
    }
    connection connected() { return connected(settings()); }
    connection connected(const connection_settings& how) {
        auto opened = connection::open(how, runtime);
        if (!opened) {
            throw std::runtime_error(std::string(opened.error().reason.view()));
        }
        return std::move(*opened);
    }

    support::postgres_database database;
    boost::asio::io_context loop;
    base::system_runtime runtime{loop.get_executor()};
};

// "in_doubt 01000: ..." for messages of tests.
inline std::string to_text(const pg_error& error) {
    constexpr const char* kinds[] = {"ended", "retry", "data", "trouble", "lost", "in_doubt"};
    return std::string(kinds[static_cast<int>(error.kind)]) + " " + error.sqlstate + ": " +
           std::string(error.reason.view()) + " at " + std::to_string(error.statement);
}

}  // namespace gateway::journal::postgres
