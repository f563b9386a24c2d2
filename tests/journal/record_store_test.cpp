#include "journal/sqlite/record_store.hpp"

#include <gmock/gmock.h>

#include "journal/lowest_id.hpp"
#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/list_query.hpp"
#include "tests/journal/sample_records.hpp"

// The SQL without threads: constraints as a second line of defence, and costs that don't grow.

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using ::testing::HasSubstr;
using ::testing::Not;

class RecordStore : public ::testing::Test {
protected:
    // The steps of SQLite's query plan.
    std::string plan(const std::string& sql, std::span<const sql_value> values) {
        std::string text;
        statement explain(db, "EXPLAIN QUERY PLAN " + sql);
        auto done = explain.each(values, [&](const row& at) -> db_result<void> {
            text += std::string(at.text(3)) + "\n";
            return {};
        });
        EXPECT_TRUE(done) << (done ? "" : done.error().reason);
        return text;
    }

    database db = [] {
        auto opened = database::open(":memory:", access::read_write, std::chrono::milliseconds(0));
        return std::move(*opened);
    }();
    file_keys keys = *prepare_file(db, std::nullopt);
};

TEST_F(RecordStore, IsGuardedByUniqueIndexes) {
    record_store store(db, keys);
    ASSERT_TRUE(store.accept(wish(1), std::nullopt));
    const char* others[] = {
        "caller = 'x', natural_key = 'x'",  // the same id
        "id = 'x', natural_key = 'x'",      // the same caller and key
        "id = 'x', caller = 'x'",           // the same natural key
    };
    for (const char* other : others) {
        SCOPED_TRACE(other);
        const auto copied = db.execute(
            "CREATE TEMP TABLE copy AS SELECT * FROM redemptions; UPDATE copy SET seq = 2, " +
            std::string(other) + "; INSERT INTO redemptions SELECT * FROM copy"
        );
        ASSERT_FALSE(copied);
        EXPECT_THAT(copied.error().reason, HasSubstr("UNIQUE"));
        EXPECT_FALSE(is_storage_fault(copied.error()));
        ASSERT_TRUE(db.execute("DROP TABLE copy"));
    }
}

TEST_F(RecordStore, RefusesAnUndefinedState) {
    record_store store(db, keys);
    ASSERT_TRUE(store.accept(wish(1), std::nullopt));
    EXPECT_FALSE(db.execute("UPDATE redemptions SET state = 'done'"));
}

TEST_F(RecordStore, StoresStatesAsNamesAndTimesAsMilliseconds) {
    record_store store(db, keys);
    ASSERT_TRUE(store.accept(wish(1), std::nullopt));
    EXPECT_EQ(*db.text("SELECT state FROM redemptions"), "pending");
    EXPECT_EQ(
        *db.integer("SELECT created_at FROM redemptions"), at(1000).time_since_epoch().count()
    );
    EXPECT_EQ(*db.text("SELECT json_extract(params, '$.order_id') FROM redemptions"), "1");
}

TEST_F(RecordStore, SearchesEachListByAnIndexAndInItsOrder) {
    const std::pair<const char*, void (*)(list_filter&)> rows[] = {
        {"sqlite_autoindex_redemptions_1",
         [](list_filter&) {
         }},
        {"redemptions_by_caller (caller=?",
         [](list_filter& f) {
             f.caller = caller_name("c");
         }},
        {"redemptions_by_account (account=?",
         [](list_filter& f) {
             f.account = account_name("a");
             f.method = method_name("m");
         }},
        {"redemptions_by_method (method=?",
         [](list_filter& f) {
             f.method = method_name("m");
         }},
        {"redemptions_not_succeeded (state=?",
         [](list_filter& f) {
             f.in_state = state::unknown;
             f.caller = caller_name("c");
         }},
        {"sqlite_autoindex_redemptions_1",
         [](list_filter& f) {
             f.in_state = state::succeeded;
         }},
        {"sqlite_autoindex_redemptions_1 (id>? AND id<?",
         [](list_filter& f) {
             f.created_after = at(0);
             f.created_before = at(1);
         }},
    };
    for (const auto& [index, set] : rows) {
        SCOPED_TRACE(index);
        list_filter filter;
        set(filter);
        const list_query query = make_list_query(filter);
        const std::string steps = plan(query.sql, query.values);
        EXPECT_THAT(steps, HasSubstr(index));
        EXPECT_THAT(steps, Not(HasSubstr("TEMP B-TREE"))) << "sorts";
    }
}

// Each part ends at the limit, so that only so many rows are sorted.
TEST_F(RecordStore, SearchesAListOfSeveralNamesByTheIndexOfEach) {
    const std::pair<const char*, void (*)(list_filter&)> rows[] = {
        {"redemptions_by_account (account=?",
         [](list_filter& f) {
             f.accounts = {account_name("a"), account_name("b")};
         }},
        {"redemptions_by_caller (caller=?",
         [](list_filter& f) {
             f.caller = caller_name("c");
             f.formerly = {caller_name("d")};
             f.accounts = {account_name("a"), account_name("b")};
         }},
    };
    for (const auto& [index, set] : rows) {
        SCOPED_TRACE(index);
        list_filter filter;
        set(filter);
        const list_query query = make_list_query(filter);
        const std::string steps = plan(query.sql, query.values);
        EXPECT_THAT(steps, HasSubstr(index));
        EXPECT_THAT(steps, Not(HasSubstr("SCAN redemptions")));
    }
}

TEST_F(RecordStore, SearchesKeysByAnIndex) {
    list_filter by_key;
    by_key.key = idempotency_key("k");
    const list_query key_query = make_list_query(by_key);
    EXPECT_THAT(
        plan(key_query.sql, key_query.values), HasSubstr("redemptions_by_key (idempotency_key=?")
    );
    list_filter by_natural;
    by_natural.natural = natural_key("n");
    const list_query natural_query = make_list_query(by_natural);
    const std::string steps = plan(natural_query.sql, natural_query.values);
    EXPECT_THAT(steps, HasSubstr("redemptions_by_live_natural_key (natural_key=?"));
    EXPECT_THAT(steps, HasSubstr("redemptions_by_spent_natural_key (natural_key=?"));
    EXPECT_THAT(steps, Not(HasSubstr("SCAN redemptions")));
}

TEST_F(RecordStore, SearchesEverythingElseByAnIndex) {
    const std::pair<const char*, const char*> rows[] = {
        {"SELECT id FROM redemptions WHERE state = 'pending' ORDER BY queued", "redemptions_in_line"
        },
        {"SELECT max(queued) FROM redemptions WHERE state = 'pending'",
         "SEARCH redemptions USING INDEX redemptions_in_line"},
        {"SELECT id FROM redemptions WHERE natural_key = 'n' AND identity = 'a' AND method = 'm'"
         " AND state IN ('pending', 'succeeded', 'unknown')",
         "redemptions_by_live_natural_key (natural_key=? AND identity=? AND method=?"},
        {"SELECT seq FROM redemptions WHERE updated_at < 5"
         " AND state IN ('succeeded', 'rejected', 'failed') ORDER BY updated_at LIMIT 5",
         "redemptions_by_end (updated_at<?"},
        {"SELECT total FROM confirmed_totals WHERE order_key = 'o' AND +identity = 'a'",
         "confirmed_totals_by_order (order_key=?)"},
    };
    for (const auto& [sql, index] : rows) {
        const std::string steps = plan(sql, {});
        EXPECT_THAT(steps, HasSubstr(index));
        EXPECT_THAT(steps, Not(HasSubstr("TEMP B-TREE")));
    }
}

TEST_F(RecordStore, FindsATotalInOneStepHoweverManyOrdersHaveTheCodeAndAliasesTheOrder) {
    const std::string steps = plan(higher_total_sql, {});
    EXPECT_THAT(steps, HasSubstr("PRIMARY KEY (identity=? AND method=? AND subject=?)"));
    EXPECT_THAT(steps, HasSubstr("order_names_1 (identity=? AND name=?)"));
    EXPECT_THAT(steps, HasSubstr("PRIMARY KEY (line=? AND method=? AND code=?)"));
    EXPECT_THAT(steps, HasSubstr("doubtful_totals_by_subject (subject=?)"));
    EXPECT_THAT(steps, HasSubstr("doubtful_totals_by_code (code=?)"));
    EXPECT_THAT(steps, Not(HasSubstr("SCAN doubtful"))) << steps;
    EXPECT_THAT(steps, Not(HasSubstr("SCAN confirmed"))) << steps;
    EXPECT_THAT(steps, Not(HasSubstr("SCAN known"))) << steps;
}

TEST(ListQuery, GivesTheLowestIdOfATime) {
    EXPECT_EQ(lowest_id_from(at(1000)), id_of(1).str().substr(0, 13));
    EXPECT_EQ(lowest_id_from(time_point(std::chrono::milliseconds(0))), "00000000-0000");
    EXPECT_EQ(lowest_id_from(time_point(std::chrono::milliseconds(-5))), "00000000-0000");
}

}  // namespace
}  // namespace gateway::journal::testing
