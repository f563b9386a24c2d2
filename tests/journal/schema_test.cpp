#include "journal/sqlite/schema.hpp"

#include <gmock/gmock.h>

#include "journal/sqlite/database.hpp"

namespace gateway::journal::testing {
namespace {

using ::testing::HasSubstr;

database memory() {
    auto db = database::open(":memory:", access::read_write, std::chrono::milliseconds(0));
    return std::move(*db);
}

std::int64_t version(database& db) {
    return *db.integer("PRAGMA user_version");
}

std::string fault(const db_result<void>& result) {
    return result ? std::string() : result.error().reason;
}

constexpr migration one{1, "001_a.sql", "CREATE TABLE a (x INTEGER);"};
constexpr migration two{2, "002_b.sql", "CREATE TABLE b (y INTEGER); INSERT INTO b VALUES (7);"};
constexpr migration broken{
    3, "003_c.sql", "CREATE TABLE c (z INTEGER); INSERT INTO nowhere VALUES (1);"
};

TEST(Schema, EmbedsItsFilesNumberedWithoutGaps) {
    ASSERT_FALSE(migrations().empty());
    int expected = 0;
    for (const migration& m : migrations()) {
        EXPECT_EQ(m.number, ++expected) << m.name;
        EXPECT_FALSE(m.sql.empty()) << m.name;
    }
}

TEST(Schema, RunsMissingMigrationsOnce) {
    database db = memory();
    const migration first[] = {one};
    const migration both[] = {one, two};
    ASSERT_EQ(fault(bring_up_to_date(db, first)), "");
    EXPECT_EQ(version(db), 1);
    ASSERT_EQ(fault(bring_up_to_date(db, both)), "");
    ASSERT_EQ(fault(bring_up_to_date(db, both)), "");
    EXPECT_EQ(version(db), 2);
    EXPECT_EQ(*db.integer("SELECT count(*) FROM b"), 1);
}

TEST(Schema, UndoesAMigrationThatFailsAndNamesIt) {
    database db = memory();
    const migration all[] = {one, two, broken};
    EXPECT_THAT(fault(bring_up_to_date(db, all)), HasSubstr("003_c.sql: no such table: nowhere"));
    EXPECT_EQ(version(db), 2);
    EXPECT_EQ(*db.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
    const migration fixed[] = {one, two, {3, "003_c.sql", "CREATE TABLE c (z INTEGER);"}};
    EXPECT_EQ(fault(bring_up_to_date(db, fixed)), "");
    EXPECT_EQ(version(db), 3);
}

TEST(Schema, RefusesANewerFile) {
    database db = memory();
    const migration both[] = {one, two};
    ASSERT_EQ(fault(bring_up_to_date(db, both)), "");
    const migration older[] = {one};
    EXPECT_THAT(fault(bring_up_to_date(db, older)), HasSubstr("newer version of the gateway"));
    EXPECT_EQ(version(db), 2);
}

TEST(Schema, RefusesADatabaseOfAnotherApplication) {
    database with_tables = memory();
    ASSERT_TRUE(with_tables.execute("CREATE TABLE other_table (x)"));
    EXPECT_THAT(
        fault(bring_up_to_date(with_tables, migrations())), HasSubstr("another application")
    );
    EXPECT_EQ(*with_tables.integer("SELECT count(*) FROM sqlite_schema"), 1);
    database with_id = memory();
    ASSERT_TRUE(with_id.execute("PRAGMA application_id = 12345"));
    EXPECT_THAT(fault(bring_up_to_date(with_id, migrations())), HasSubstr("another application"));
}

}  // namespace
}  // namespace gateway::journal::testing
