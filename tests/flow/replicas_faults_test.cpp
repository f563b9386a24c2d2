// Faults of the database, the network and the processes of several gateways
// (docs/journal-postgres.md, Faults and their tests).
//   flow_replicas_faults_tests [--pending=3000]
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <sstream>
#include <string_view>

#include "replicas_world.hpp"
#include "tests/support/socket_proxy.hpp"

namespace gateway::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::map<std::string, std::string> at_once{{"Prefer", "respond-async"}};
int pending_at_start = 3000;

std::string id_of(const answer& from) {
    return std::string(json_of(from).at("id").as_string());
}

std::string state_of(const answer& from) {
    return std::string(json_of(from).at("state").as_string());
}

std::string number(int n) {
    return std::to_string(1'753'340'805'138'600'000 + n);
}

template <class Condition>
bool eventually(Condition done, milliseconds limit = seconds(20)) {
    const auto until = steady_clock::now() + limit;
    while (!done()) {
        if (steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
}

// The file with the connection string through the proxy.
std::string conninfo_through(const replicas_world& w, const support::socket_proxy& proxy) {
    const auto file = w.platform.folder / "conninfo-proxy";
    std::ofstream(file) << w.database.conninfo("host=" + proxy.host() + " port=5432") << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return file.string();
}

TEST(ReplicasFaults, APauseShorterThanTheLeaseChangesNothing) {
    const replicas_world w;
    ASSERT_EQ(w.post(0, "before", voucher_body("before1", "CODE-1")).status, 200U);
    w.signal(0, SIGSTOP);
    auto meanwhile = std::async(std::launch::async, [&] {
        return w.post(0, "meanwhile", voucher_body("meanwhile1", "CODE-2"));
    });
    std::this_thread::sleep_for(milliseconds(700));  // the pause itself
    w.signal(0, SIGCONT);
    EXPECT_EQ(meanwhile.get().status, 200U);
    EXPECT_EQ(w.database.query("SELECT count(*) FROM replicas"), "3");
    EXPECT_EQ(w.database.query("SELECT count(*) FROM replicas WHERE ended_at IS NULL"), "3");
}

// An answer that was received cannot be written; nothing new is sent.
TEST(ReplicasFaults, AnAnswerIsHeldUntilItCanBeWritten) {
    const replicas_world w;
    w.platform.fault(R"({"fault":"execute-then-late","delay_ms":1000,"times":1})");
    const auto held = w.post(0, "held", ticket_body(number(1)), at_once);
    ASSERT_EQ(held.status, 202U) << held.body;
    ASSERT_TRUE(w.platform.executes(1));
    w.database.query("ALTER TABLE outcomes RENAME TO elsewhere");
    EXPECT_TRUE(eventually([&] { return w.ready_answer(0).status == 503; }));
    const auto refused = w.post(0, "refused", ticket_body(number(2)));
    EXPECT_EQ(refused.status, 503U) << refused.body;
    EXPECT_NE(w.ready_answer(0).body.find("lacks the journal's tables"), std::string::npos)
        << w.ready_answer(0).body;
    w.database.query("ALTER TABLE elsewhere RENAME TO outcomes");
    EXPECT_EQ(w.settled(0, id_of(held)).status, 200U);
    EXPECT_EQ(w.post(1, "held", ticket_body(number(1))).header("idempotent-replayed"), "true");
    EXPECT_TRUE(w.ready(0));
    EXPECT_EQ(w.platform.executed(number(1)), 1);
    EXPECT_EQ(w.platform.executed(number(2)), 0);
}

// One replica hears nothing from the database for longer than its lease.
TEST(ReplicasFaults, AReplicaThatIsCutFromTheDatabaseSendsNothingMore) {
    replicas_world w(3, {}, false);
    support::socket_proxy proxy(w.database.server().host());
    w.route(0, {.platform_port = 0, .conninfo_file = conninfo_through(w, proxy)});
    for (std::size_t i = 0; i < 3; ++i) {
        w.start(i);
        ASSERT_TRUE(w.ready(i));
    }
    w.platform.fault(R"({"fault":"throttle","ban_s":6,"times":1,"platform":"taobao"})");
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(id_of(w.post(0, "k" + number(i), ticket_body(number(i)), at_once)));
    }
    proxy.hold_requests();
    proxy.hold_answers();
    for (const auto& id : ids) {
        EXPECT_EQ(state_of(w.settled(1, id)), "succeeded") << id;
    }
    proxy.cut();
    proxy.release();
    EXPECT_TRUE(w.ready(0));
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(w.post(0, "k" + number(i), ticket_body(number(i))).status, 200U);
        EXPECT_EQ(w.platform.executed(number(i)), 1);
    }
}

// Its backend holds the row of the process, as in the middle of a batch that never ends.
TEST(ReplicasFaults, ABackendThatHoldsTheLockOfADeadProcessIsEnded) {
    replicas_world w;
    w.platform.fault(R"({"fault":"throttle","ban_s":6,"times":1,"platform":"taobao"})");
    const auto pending = w.post(0, "k", ticket_body(number(1)), at_once);
    ASSERT_EQ(pending.status, 202U) << pending.body;
    const auto me = w.database.query("SELECT owner FROM open_redemptions");
    EXPECT_TRUE(eventually([&] {
        const auto ended = "SELECT count(*) FROM open_redemptions WHERE attempts IS NOT NULL";
        return w.database.query(ended) == "1";
    }));
    w.kill(0);
    auto batch = std::async(std::launch::async, [&] {
        EXPECT_ANY_THROW(w.database.query(
            "BEGIN; UPDATE replicas SET pid = pg_backend_pid() WHERE replica = " + me +
            "; COMMIT; BEGIN; SELECT FROM replicas WHERE replica = " + me +
            " FOR KEY SHARE; SELECT pg_sleep(60)"
        ));
    });
    EXPECT_EQ(state_of(w.settled(1, id_of(pending))), "succeeded");
    batch.get();
    EXPECT_EQ(w.platform.executed(number(1)), 1);
}

// The rows of one redemption, `copies` times, free to be taken.
void multiply(const replicas_world& w, int copies) {
    w.database.query(
        "CREATE TABLE more AS SELECT gen_random_uuid() AS new_id, n, r.* FROM redemptions AS r,"
        " generate_series(1, " +
        std::to_string(copies) +
        ") AS n;"
        "INSERT INTO redemptions SELECT new_id, created_at, lifetime_ms, replay_safe, params_sealed,"
        " void, caller, idempotency_key || n, key_scope, method, account, scope, natural_key || n,"
        " body, params, orders, totals FROM more;"
        "INSERT INTO open_redemptions (id, updated_at, expires_at)"
        " SELECT new_id, created_at, now() + interval '1 hour' FROM more;"
        "UPDATE open_redemptions SET owner = NULL"
    );
}

TEST(ReplicasFaults, PendingOnesAreSharedAtAStart) {
    world_options options;
    options.account_extra = "    limits: { requests_per_second: 1 }\n";
    replicas_world w(3, options, false);
    w.start(0);
    ASSERT_TRUE(w.ready(0));
    w.platform.fault(R"({"fault":"throttle","ban_s":600,"times":1,"platform":"alipay"})");
    ASSERT_EQ(w.post(0, "k", voucher_body("many1", "CODE-MANY"), at_once).status, 202U);
    EXPECT_EQ(w.stop(0), 0);
    multiply(w, pending_at_start);
    const auto begun = steady_clock::now();
    for (std::size_t i = 0; i < 3; ++i) {
        w.begin_start(i);
    }
    const auto free = [&] {
        return w.database.query("SELECT count(*) FROM open_redemptions WHERE owner IS NULL");
    };
    EXPECT_TRUE(eventually([&] { return free() == "0"; }, seconds(60)));
    const auto took = std::chrono::floor<milliseconds>(steady_clock::now() - begun);
    const auto shares =
        w.database.query("SELECT count(*) FROM open_redemptions GROUP BY owner ORDER BY owner");
    std::cout << pending_at_start << " pending ones were taken after " << took.count()
              << " ms, by each:\n"
              << shares << '\n';
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(eventually([&] { return w.serves(i); }));
        EXPECT_TRUE(w.ready(i));
    }
    EXPECT_EQ(w.post(1, "other", eticket_body(number(1))).status, 200U);
}

}  // namespace

bool take_option(std::string_view argument) {
    constexpr std::string_view name = "--pending=";
    if (!argument.starts_with(name)) {
        return false;
    }
    pending_at_start = std::atoi(std::string(argument.substr(name.size())).c_str());
    return true;
}

}  // namespace gateway::flow

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        if (!gateway::flow::take_option(argv[i])) {
            std::cerr << "unknown: " << argv[i] << '\n';
            return EXIT_FAILURE;
        }
    }
    return RUN_ALL_TESTS();
}
