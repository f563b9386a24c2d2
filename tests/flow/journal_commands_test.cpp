// The commands that make the journal's tables in PostgreSQL and move a journal there, through the
// real programs (docs/journal-postgres.md, Roles; Moving from SQLite).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <fstream>
#include <vector>

#include "tests/support/postgres_server.hpp"
#include "world.hpp"

namespace gateway::flow {
namespace {

using ::testing::HasSubstr;

class JournalCommands : public ::testing::Test {
protected:
    ~JournalCommands() override { w.gateway.reset(); }

    // From now on the journal is in the database, as its user says.
    void configure_postgres(const std::string& conninfo_file) {
        w.change_settings("  sqlite:", "  #");
        w.change_settings(
            "journal:\n",
            "journal:\n  postgres: { conninfo_file: \"" + conninfo_file +
                "\", durability: storage, lease: 3s }\n"
        );
    }
    std::pair<std::string, int> run(std::vector<std::string> arguments) {
        return w.run_gateway("gateway.yaml", std::move(arguments));
    }
    std::pair<std::string, int> move() {
        return run(
            {"--move-journal", "--from", (w.folder / "journal.db").string(), "--to", "config"}
        );
    }
    bool readyz_says(const std::string& what) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        std::string last;
        while (std::chrono::steady_clock::now() < end) {
            last = w.admin("/readyz").body;
            if (last.find(what) != std::string::npos) {
                return true;
            }
        }
        ADD_FAILURE() << last;
        return false;
    }
    std::string state(const std::string& id) {
        return std::string(json_of(w.get("/v1/redemptions/" + id)).at("state").as_string());
    }
    unsigned resolve(const std::string& id, const std::string& as) {
        return call(
                   w.api_port,
                   "POST",
                   "/v1/redemptions/" + id + "/resolve",
                   {{"Content-Type", "application/json"}},
                   R"({"state":")" + as + R"("})"
        )
            .status;
    }
    static std::string id_of(const answer& from) {
        return std::string(json_of(from).at("id").as_string());
    }

    support::postgres_database database;
    world w;
};

TEST_F(JournalCommands, AMovedJournalGoesOn) {
    const auto succeeded = w.post("done", voucher_body("movedone"));
    ASSERT_EQ(succeeded.status, 200U) << succeeded.body;
    w.fault(R"({"fault":"execute-then-reset","times":1})");
    const auto unknown = w.post_until_settled("lost", ticket_body("7001"));
    ASSERT_EQ(json_of(unknown).at("state").as_string(), "unknown") << unknown.body;
    w.fault(R"({"fault":"reset-after-reading","times":1})");
    const auto failed = w.post_until_settled("failed", ticket_body("7002"));
    ASSERT_EQ(resolve(id_of(failed), "failed"), 200U) << failed.body;
    const auto rejected = w.post("no", voucher_body("moveno", "EXPIRED-CODE"));
    w.fault(R"({"fault":"http-status","status":503,"times":"always"})");
    const auto pending =
        w.post("waiting", voucher_body("movewaiting", "CODE-0002"), {{"Prefer", "wait=0"}});
    ASSERT_EQ(pending.status, 202U) << pending.body;
    const auto [served, served_status] = move();
    EXPECT_EQ(served_status, 1) << "the configured journal is in SQLite";
    ASSERT_EQ(w.stop_gateway(), 0);

    configure_postgres(database.conninfo_file());
    const auto [said, status] = move();
    ASSERT_EQ(status, 0) << said;
    EXPECT_THAT(said, HasSubstr("moved 5 redemptions (1 pending, 1 unknown, 1 succeeded, "));
    EXPECT_THAT(said, HasSubstr("every row was compared"));
    const auto [again, again_status] = move();
    EXPECT_EQ(again_status, 1);
    EXPECT_THAT(again, HasSubstr("were moved to PostgreSQL"));

    w.clear_faults();
    w.start_gateway();
    ASSERT_TRUE(w.gateway->wait_for("\"serving\"")) << w.gateway->output();
    EXPECT_EQ(w.post("done", voucher_body("movedone")).body, succeeded.body);
    EXPECT_EQ(w.executed("movedone"), 1);
    EXPECT_EQ(
        json_of(w.post_until_settled("waiting", voucher_body("movewaiting", "CODE-0002")))
            .at("state")
            .as_string(),
        "succeeded"
    ) << w.gateway->output();
    EXPECT_EQ(id_of(w.post("waiting", voucher_body("movewaiting", "CODE-0002"))), id_of(pending));
    EXPECT_EQ(w.executed("movewaiting"), 1);
    const auto repeated = w.post("lost", ticket_body("7001"));
    EXPECT_EQ(id_of(repeated), id_of(unknown));
    EXPECT_EQ(state(id_of(unknown)), "unknown");
    EXPECT_EQ(resolve(id_of(unknown), "succeeded"), 200U);
    EXPECT_EQ(state(id_of(unknown)), "succeeded");
    EXPECT_EQ(w.executed("7001"), 1);
    EXPECT_EQ(w.post("no", voucher_body("moveno", "EXPIRED-CODE")).status, rejected.status);
    EXPECT_EQ(state(id_of(failed)), "failed");
    const auto over = w.post_until_settled("failed", ticket_body("7002"));
    EXPECT_EQ(json_of(over).at("state").as_string(), "succeeded") << over.body;
    EXPECT_EQ(id_of(over), id_of(failed));
    EXPECT_EQ(w.executed("7002"), 1);
    ASSERT_EQ(w.stop_gateway(), 0);
}

TEST_F(JournalCommands, AServedJournalIsNotMoved) {
    ASSERT_EQ(w.post("k", voucher_body("served")).status, 200U);
    configure_postgres(database.conninfo_file());
    const auto [said, status] = move();
    EXPECT_EQ(status, 1);
    EXPECT_THAT(said, HasSubstr("in use by another gateway process"));
    ASSERT_EQ(w.stop_gateway(), 0);
    w.start_gateway();
    ASSERT_TRUE(w.gateway->wait_for("\"serving\"")) << w.gateway->output();
    const auto [into, into_status] = move();
    EXPECT_EQ(into_status, 1);
    EXPECT_THAT(into, HasSubstr("stop all its replicas first"));
    ASSERT_EQ(w.stop_gateway(), 0);
}

TEST_F(JournalCommands, ServeTablesThatAnotherUserMakes) {
    ASSERT_EQ(w.stop_gateway(), 0);
    database.query(
        "CREATE ROLE till LOGIN; CREATE ROLE keeper LOGIN; "
        "GRANT CREATE, USAGE ON SCHEMA public TO keeper WITH GRANT OPTION"
    );
    const auto owner = database.conninfo_file("user=keeper");
    const auto kept = w.folder / "owner.conninfo";
    std::filesystem::copy_file(owner, kept);
    configure_postgres(database.conninfo_file("user=till"));

    w.start_gateway();
    EXPECT_TRUE(readyz_says("run redemption-gateway --migrate"));
    EXPECT_TRUE(w.gateway->wait_for("of schema 0, this version of the gateway needs"));
    const auto [said, status] = run({"--migrate", "--conninfo-file", kept.string()});
    ASSERT_EQ(status, 0) << said;
    EXPECT_THAT(said, HasSubstr("the user till may serve the tables, and create none"));
    ASSERT_TRUE(w.gateway->wait_for("\"serving\"")) << w.gateway->output();
    EXPECT_EQ(w.post("k", voucher_body("roles")).status, 200U);

    const auto [again, again_status] = run({"--migrate", "--conninfo-file", kept.string()});
    EXPECT_EQ(again_status, 0) << again;
    EXPECT_THAT(again, HasSubstr("already"));
    ASSERT_EQ(w.stop_gateway(), 0);

    database.query("UPDATE schema_version SET version = 99, works_from = 99");
    const auto [newer, newer_status] = run({"--migrate", "--conninfo-file", kept.string()});
    EXPECT_EQ(newer_status, 1);
    EXPECT_THAT(newer, HasSubstr("need a newer version of the gateway"));
    w.start_gateway();
    EXPECT_TRUE(readyz_says("the tables need a newer version of the gateway"));
    w.gateway.reset();
    database.query("DROP OWNED BY till; DROP OWNED BY keeper; DROP ROLE till; DROP ROLE keeper");
}

}  // namespace
}  // namespace gateway::flow
