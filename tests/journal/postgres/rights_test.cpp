#include "journal/postgres/rights.hpp"

#include <gmock/gmock.h>

#include "journal/postgres/open_database.hpp"
#include "journal/postgres/schema.hpp"
#include "tests/journal/postgres/postgres_fixture.hpp"

namespace gateway::journal::postgres {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Rights : public postgres_test {
protected:
    void SetUp() override {
        database.query("CREATE ROLE \"the \"\"till\" LOGIN");
        auto session = connected();
        ASSERT_TRUE(bring_up_to_date(session, migrations()));
        ASSERT_TRUE(read_user(session));
        for (const auto& one : grants_to("the \"till", "public")) {
            grants.push_back(one);
        }
    }
    void TearDown() override {
        database.query("DROP OWNED BY \"the \"\"till\"; DROP ROLE \"the \"\"till\"");
    }
    connection serving() { return connected(settings("user='the \"till'")); }
    std::vector<std::string> missing() {
        auto session = serving();
        const auto found = missing_rights(session);
        return found ? *found : std::vector<std::string>{to_text(found.error())};
    }
    void grant() {
        auto session = connected();
        for (const auto& one : grants) {
            const auto done = session.run_script(one, std::chrono::seconds(5));
            ASSERT_TRUE(done) << one << " " << to_text(done.error());
        }
    }

    std::vector<std::string> grants;
};

TEST_F(Rights, AreNamedWhereTheyAreMissing) {
    EXPECT_THAT(missing(), Contains("UPDATE on orders"));
    EXPECT_THAT(missing(), Contains("USAGE on queue_positions"));
    EXPECT_THAT(missing(), Contains("SELECT on schema_version"));
    grant();
    EXPECT_THAT(missing(), IsEmpty());
    grant();
    database.query("REVOKE DELETE ON outcomes FROM \"the \"\"till\"");
    EXPECT_THAT(missing(), testing::ElementsAre("DELETE on outcomes"));
}

// The table of a later migration that is not among them could not be served.
TEST_F(Rights, AreGrantedOnEveryTable) {
    grant();
    EXPECT_EQ(
        database.query("SELECT string_agg(relname, ',') FROM pg_class"
                       " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
                       " AND relname <> 'schema_version' AND NOT has_table_privilege("
                       "'the \"till', oid, 'SELECT, INSERT') "),
        ""
    );
    EXPECT_EQ(
        database.query("SELECT string_agg(relname, ',') FROM pg_class AS c"
                       " WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'"
                       " AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid"
                       " AND d.deptype = 'i') AND NOT CASE WHEN relkind = 'S' THEN"
                       " has_sequence_privilege('the \"till', oid, 'USAGE') END"),
        ""
    );
}

TEST_F(Rights, ToCreateTablesAreNotNeeded) {
    grant();
    postgres_settings how;
    how.writer.connect = settings("user='the \"till'");
    how.writer.process = {.name = "test", .version = "1", .key_ids = {}};
    {
        auto opened = open_database(runtime, how);
        EXPECT_TRUE(opened.created_at);
        EXPECT_TRUE(leave(opened.writer.db, opened.me));
    }
    database.query("UPDATE schema_version SET version = 1");
    try {
        open_database(runtime, how);
        ADD_FAILURE() << "a user without rights made tables";
    } catch (const std::runtime_error& fault) {
        EXPECT_THAT(
            fault.what(),
            HasSubstr(
                "its tables are of schema 1, this version of the gateway needs " +
                std::to_string(migrations().back().number)
            )
        );
        EXPECT_THAT(fault.what(), HasSubstr("redemption-gateway --migrate"));
    }
}

}  // namespace
}  // namespace gateway::journal::postgres
