// The cost of calls on a journal that has grown: none may read much more than the rows that it is
// about, and a long list keeps no lease waiting.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "journal/postgres/postgres_journal.hpp"
#include "tests/journal/journal_fixture.hpp"
#include "tests/journal/sample_records.hpp"
#include "tests/support/postgres_server.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::redemption;
using support::postgres_database;

constexpr int final_rows = 20'000;
constexpr int open_rows = 200;
// Entries of indexes and rows that a call may read, those of the process's start included.
constexpr int most_reads = 2'000;

// Copies of the first redemption, with names of their own. Every 50th was rejected or failed, every
// 100th is of the caller kiosk, every 2000th of the account rare; the last ones are pending, free
// to be taken, or unknown.
std::string more_rows() {
    return "CREATE TEMP TABLE n AS SELECT n, r.created_at + n * interval '1 s' AS at,"
           " (lpad(to_hex(extract(epoch FROM r.created_at + n * interval '1 s')::bigint * 1000),"
           " 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id, n > " +
           std::to_string(final_rows) + " AS open FROM generate_series(2, " +
           std::to_string(final_rows + open_rows) +
           ") AS n, redemptions AS r;"
           "INSERT INTO redemptions (id, created_at, lifetime_ms, replay_safe, params_sealed, void,"
           " caller, idempotency_key, key_scope, method, account, scope, natural_key, body, params,"
           " orders) SELECT n.id, n.at, r.lifetime_ms, true, false, NOT open AND n % 50 = 0,"
           " CASE WHEN n % 100 = 0 THEN 'kiosk' ELSE 'pos' END, 'key-' || n, 'pos', r.method,"
           " CASE WHEN n % 2000 = 1 THEN 'rare' ELSE r.account END, r.scope, 'natural-' || n, r.body,"
           " r.params, ARRAY['order_id:' || n] FROM n, redemptions AS r ORDER BY n;"
           "INSERT INTO outcomes (id, updated_at, expires_at, owner, state, attempts, result)"
           " SELECT n.id, at, at, e.owner, CASE WHEN n % 50 > 0 THEN 'succeeded' WHEN n % 100 > 0"
           " THEN 'rejected' ELSE 'failed' END, e.attempts, e.result FROM n, outcomes AS e"
           " WHERE NOT open ORDER BY n;"
           "INSERT INTO open_redemptions (id, line, updated_at, expires_at, unknown)"
           " SELECT id, 100 + n, at, at, n % 2 = 0 FROM n WHERE open;"
           "INSERT INTO orders (scope, name, number, line)"
           " SELECT r.scope, 'order_id:' || n, 100 + n, 100 + n FROM n, redemptions AS r"
           " WHERE r.idempotency_key = 'key-1';"
           "INSERT INTO confirmed_totals SELECT 100 + n, r.method, sha256(n::text::bytea), 2, r.id"
           " FROM n, redemptions AS r WHERE r.idempotency_key = 'key-1';"
           "SELECT setval('order_numbers', 1000000)";
}

class PostgresGrowth : public ::testing::Test {
protected:
    std::unique_ptr<managed_journal> open(const postgres_database& on = grown()) {
        return open_on(on, loop, probe);
    }
    static std::unique_ptr<managed_journal> open_on(
        const postgres_database& on, test_loop& loop, recording_probe& probe
    ) {
        postgres::postgres_settings made;
        made.writer.connect.conninfo_file = on.conninfo_file();
        made.writer.process = {.name = "test", .version = "1", .key_ids = {}};
        return postgres::open_postgres_journal(loop.time(), made, probe);
    }

    // One database for all tests: it takes a second to make.
    static const postgres_database& grown() {
        static postgres_database database;
        static const bool filled = fill(database);
        EXPECT_TRUE(filled);
        return database;
    }
    static bool fill(const postgres_database& database) {
        test_loop loop;
        recording_probe probe;
        const auto journal = open_on(database, loop, probe);
        const auto accepted = loop.await(journal->accept(wish(1), std::nullopt));
        const auto settled =
            loop.await(journal->settle(settlement_to(wish(1).id, state::succeeded, 5000)));
        database.query(more_rows());
        database.query("VACUUM (ANALYZE)");
        return accepted.has_value() && settled.has_value();
    }

    // How many rows and entries of indexes the sessions have read since the last call; all of them
    // must have ended.
    static int reads() {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (grown().query("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                             " current_database() AND pid <> pg_backend_pid()"
                             " AND backend_type = 'client backend'") != "0") {
            if (std::chrono::steady_clock::now() > until) {
                throw std::runtime_error("a session of the journal does not end");
            }
        }
        const auto count = grown().query(
            "SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)"
            " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)"
        );
        grown().query("SELECT pg_stat_reset()");
        return std::stoi(count);
    }

    void begin_counting() {
        open().reset();  // makes the database
        reads();
    }

    // The calls that a process makes with a journal, by their names.
    using call_of_journal = std::function<bool(test_loop&, redemption::journal&)>;
    static std::pair<std::string, call_of_journal> listing(
        const char* name, void (*narrow)(list_filter&)
    ) {
        list_filter filter;
        narrow(filter);
        return {name, [filter](test_loop& loop, redemption::journal& on) {
                    return loop.await(on.list(filter)).has_value();
                }};
    }

    test_loop loop;
    recording_probe probe;
};

const account_name rare("rare");
const account_name usual("fliggy");
const method_name unused("alipay.marketing.voucher.stock.use");
const method_name used("taobao.travel.ticket.order.verify");

TEST_F(PostgresGrowth, AListReadsNoMoreThanAPage) {
    const std::pair<std::string, call_of_journal> lists[] = {
        listing("newest", [](list_filter&) {}),
        listing("id", [](list_filter& f) { f.id = id_of(1); }),
        listing("key", [](list_filter& f) { f.key = idempotency_key("key-777"); }),
        listing("natural key", [](list_filter& f) { f.natural = natural_key("natural-777"); }),
        listing(
            "natural key of a void one",
            [](list_filter& f) { f.natural = natural_key("natural-700"); }
        ),
        listing(
            "natural key and account",
            [](list_filter& f) {
                f.natural = natural_key("natural-777");
                f.account = usual;
            }
        ),
        listing("caller", [](list_filter& f) { f.caller = caller_name("kiosk"); }),
        listing(
            "caller and account",
            [](list_filter& f) {
                f.caller = caller_name("pos");
                f.account = rare;
            }
        ),
        listing("account", [](list_filter& f) { f.account = usual; }),
        listing("rare account", [](list_filter& f) { f.account = rare; }),
        listing("accounts", [](list_filter& f) { f.accounts = std::vector{usual, rare}; }),
        listing("method", [](list_filter& f) { f.method = used; }),
        listing("unused method", [](list_filter& f) { f.method = unused; }),
        listing(
            "account and unused method",
            [](list_filter& f) {
                f.account = usual;
                f.method = unused;
            }
        ),
        listing(
            "caller and unused method",
            [](list_filter& f) {
                f.caller = caller_name("pos");
                f.method = unused;
            }
        ),
        listing(
            "failed of a caller",
            [](list_filter& f) {
                f.in_state = state::failed;
                f.caller = caller_name("kiosk");
            }
        ),
        listing("pending", [](list_filter& f) { f.in_state = state::pending; }),
        listing("unknown", [](list_filter& f) { f.in_state = state::unknown; }),
        listing("succeeded", [](list_filter& f) { f.in_state = state::succeeded; }),
        listing("rejected", [](list_filter& f) { f.in_state = state::rejected; }),
        listing("failed", [](list_filter& f) { f.in_state = state::failed; }),
        listing(
            "failed of a rare account",
            [](list_filter& f) {
                f.in_state = state::failed;
                f.account = rare;
            }
        ),
        listing(
            "an hour",
            [](list_filter& f) {
                f.created_after = at(9'000'000);
                f.created_before = at(9'600'000);
            }
        ),
        listing("behind a cursor", [](list_filter& f) { f.after = id_of(9000); }),
    };
    begin_counting();
    for (const auto& [name, call] : lists) {
        SCOPED_TRACE(name);
        auto journal = open();
        EXPECT_TRUE(call(loop, *journal));
        journal.reset();
        EXPECT_LT(reads(), most_reads);
    }
}

TEST_F(PostgresGrowth, NoOtherCallReadsMoreThanItsRows) {
    const auto fresh = [](int n) {
        record made = wish(n);
        made.id = id_of(n + 100'000);
        return made;
    };
    const std::pair<const char*, call_of_journal> calls[] = {
        {"find",
         [](auto& in, auto& on) {
             return in.await(on.find(id_of(1))).has_value();
         }},
        {"find by key",
         [](auto& in, auto& on) {
             return in.await(on.find_by_key(caller_name("pos"), idempotency_key("key-777")))
                 .has_value();
         }},
        {"accept",
         [&](auto& in, auto& on) {
             return in.await(on.accept(fresh(50'000), std::nullopt)).has_value();
         }},
        {"accept a known key",
         [&](auto& in, auto& on) {
             return in.await(on.accept(fresh(777), std::nullopt)).has_value();
         }},
        {"accept, start and settle",
         [&](auto& in, auto& on) {
             const auto one = fresh(50'001);
             settlement end = settlement_to(one.id, state::succeeded, 5000);
             end.ended = ended_attempt(1, 1000);
             return in.await(on.accept(one, std::nullopt)).has_value() &&
                    in.await(on.start_attempt(one.id, started_attempt(1, 1000))).has_value() &&
                    in.await(on.settle(end)).has_value();
         }},
        {"take",
         [](auto& in, auto& on) {
             return in.await(on.take(10)).has_value();
         }},
        {"look",
         [](auto& in, auto& on) {
             return in.await(on.look({id_of(1), id_of(2)}, {id_of(20'001)})).has_value();
         }},
        {"remove",
         [](auto& in, auto& on) {
             return in.await(on.remove_final_before(at(1'000'000), 200)).has_value();
         }},
        {"newest change",
         [](auto& in, auto& on) {
             return in.await(on.newest_change()).has_value();
         }},
        {"account names",
         [](auto& in, auto& on) {
             return in.await(on.account_names()).has_value();
         }},
        {"count unknown",
         [](auto& in, auto& on) {
             return in.await(on.count_unknown()).has_value();
         }},
        {"keep",
         [](auto& in, auto& on) {
             auto& fellows = static_cast<managed_journal&>(on).fellows();
             return in.await(fellows.keep({{usual, 50, 50}})).has_value();
         }},
    };
    begin_counting();
    for (const auto& [name, call] : calls) {
        SCOPED_TRACE(name);
        auto journal = open();
        EXPECT_TRUE(call(loop, *journal));
        journal.reset();
        EXPECT_LT(reads(), most_reads);
    }
}

// A session beside the journal's that has run some statements, and is closed with the object.
class other_session {
public:
    other_session(const postgres_database& to, const char* statements)
        : on_(PQconnectdb(to.conninfo().c_str()), &PQfinish) {
        run(statements);
    }
    void run(const char* statements) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> done(
            PQexec(on_.get(), statements), &PQclear
        );
        if (PQstatus(on_.get()) != CONNECTION_OK ||
            PQresultStatus(done.get()) == PGRES_FATAL_ERROR) {
            throw std::runtime_error(PQerrorMessage(on_.get()));
        }
    }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> on_;
};

TEST_F(PostgresGrowth, AStartForgetsLivesThatEndedLongAgo) {
    open().reset();
    grown().query(
        "INSERT INTO replicas (name, version, ended_at) VALUES ('old', '1', now() - interval '8 days'),"
        " ('young', '1', now() - interval '6 days');"
        "INSERT INTO quota_shares SELECT name, replica, 1, 1 FROM replicas"
        " WHERE name IN ('old', 'young')"
    );
    open().reset();
    EXPECT_EQ(grown().query("SELECT name FROM replicas WHERE name IN ('old', 'young')"), "young");
    EXPECT_EQ(
        grown().query("SELECT account FROM quota_shares WHERE account IN ('old', 'young')"), "young"
    );
}

// As long as a snapshot is held, what was removed stays in tables and indexes.
TEST_F(PostgresGrowth, ARemovalDoesNotGoThroughWhatWasRemovedBefore) {
    begin_counting();
    auto journal = open();
    int removed = 0;
    {
        other_session backup(grown(), "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
        for (int step = 0; step < 15; ++step) {
            removed +=
                static_cast<int>(*loop.await(journal->remove_final_before(at(19'000'000), 1000)));
        }
    }
    EXPECT_EQ(removed, 15'000);
    journal.reset();
    EXPECT_LT(reads(), 6 * removed);
}

// A list that waits for a lock stands for one that takes long.
TEST_F(PostgresGrowth, ALongListKeepsNoLeaseWaiting) {
    auto journal = open();
    other_session locking(grown(), "BEGIN; LOCK TABLE outcomes IN ACCESS EXCLUSIVE MODE");
    std::vector<journal_result<std::vector<record>>> listed;
    std::vector<journal_result<fellowship_news>> kept;
    list_filter succeeded;
    succeeded.in_state = state::succeeded;
    loop.start(journal->list(succeeded), listed);
    loop.start(journal->fellows().keep({}), kept);
    loop.run_until([&] { return !listed.empty() || !kept.empty(); });
    EXPECT_TRUE(listed.empty());
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_TRUE(kept.front().has_value());
    locking.run("COMMIT");
    loop.run_until([&] { return !listed.empty(); });
}

}  // namespace
}  // namespace gateway::journal::testing
