#include "journal/postgres/server_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/journal/postgres/postgres_fixture.hpp"

namespace gateway::journal::postgres {
namespace {

server_facts good() {
    return {
        .version = 150'018,
        .in_recovery = false,
        .read_only = false,
        .fsync = true,
        .full_page_writes = true,
        .synchronous_commit = "on",
        .default_isolation = "read committed",
        .synchronous_standby_names = "",
        .encoding = "UTF8",
        .started = "",
    };
}

std::string faults(const server_facts& facts, durability wanted = durability::storage) {
    std::string all;
    for (const auto& one :
         faults_of(facts, wanted, schema_state{.version = 3, .works_from = 2}, 2)) {
        all += all.empty() ? "" : "; ";
        all += one.view();
    }
    return all;
}

TEST(ServerChecks, NameWhatLosesConfirmedCommits) {
    struct row {
        std::function<void(server_facts&)> change;
        std::string fault;
    };
    const row table[] = {
        {[](auto&) {}, ""},
        {[](auto& of) { of.synchronous_commit = "remote_apply"; }, ""},
        {[](auto& of) { of.version = 149'999; }, "PostgreSQL is older than version 15"},
        {[](auto& of) { of.in_recovery = true; }, "the server is a standby, or still recovering"},
        {[](auto& of) { of.in_recovery = of.read_only = true; },
         "the server is a standby, or still recovering"},
        {[](auto& of) { of.read_only = true; },
         "the server is read-only (default_transaction_read_only)"},
        {[](auto& of) { of.fsync = false; },
         "fsync is off: a power cut would lose or damage what was confirmed"},
        {[](auto& of) { of.full_page_writes = false; },
         "full_page_writes is off: a power cut could damage what was confirmed"},
        {[](auto& of) { of.default_isolation = "serializable"; },
         "default_transaction_isolation is not read committed"},
        {[](auto& of) { of.encoding = "SQL_ASCII"; }, "the database's encoding is not UTF8"},
        {[](auto& of) { of.fsync = false, of.version = 140'000; },
         "PostgreSQL is older than version 15; "
         "fsync is off: a power cut would lose or damage what was confirmed"},
    };
    for (const auto& one : table) {
        auto facts = good();
        one.change(facts);
        EXPECT_EQ(faults(facts), one.fault);
    }
    for (const char* commit : {"off", "local", "remote_write", ""}) {
        auto facts = good();
        facts.synchronous_commit = commit;
        EXPECT_EQ(
            faults(facts),
            "synchronous_commit is neither on nor remote_apply (for the journal's user or database)"
        ) << commit;
    }
}

TEST(ServerChecks, AskForAStandbyWhereItIsWanted) {
    auto facts = good();
    EXPECT_EQ(
        faults(facts, durability::standby),
        "synchronous_standby_names is empty, but journal.postgres.durability is standby"
    );
    facts.synchronous_standby_names = "ANY 1 (*)";
    EXPECT_EQ(faults(facts, durability::standby), "");
}

TEST(ServerChecks, RefuseTablesOfANewerGateway) {
    const auto judged = [](std::optional<schema_state> found, int newest) {
        return faults_of(good(), durability::storage, found, newest).size();
    };
    EXPECT_EQ(judged(std::nullopt, 1), 0U);
    EXPECT_EQ(judged(schema_state{.version = 5, .works_from = 2}, 2), 0U);
    EXPECT_EQ(judged(schema_state{.version = 5, .works_from = 3}, 2), 1U);
    EXPECT_EQ(judged(schema_state{}, 2), 0U);
}

class ServerFacts : public postgres_test {};

TEST_F(ServerFacts, OfTheTestServerAreGood) {
    auto session = connected();
    const auto facts = read_facts(session);
    ASSERT_TRUE(facts) << to_text(facts.error());
    EXPECT_GE(facts->version, 150'000);
    EXPECT_EQ(faults(*facts), "");
}

TEST_F(ServerFacts, AreThoseOfTheSession) {
    database.query("ALTER DATABASE " + database.name() + " SET synchronous_commit = off");
    database.query(
        "ALTER DATABASE " + database.name() + " SET default_transaction_isolation = serializable"
    );
    auto session = connected();
    const auto facts = read_facts(session);
    ASSERT_TRUE(facts) << to_text(facts.error());
    EXPECT_EQ(facts->synchronous_commit, "off");
    EXPECT_EQ(facts->default_isolation, "serializable");
}

}  // namespace
}  // namespace gateway::journal::postgres
