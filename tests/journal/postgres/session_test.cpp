#include "journal/postgres/session.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <string>

#include "tests/journal/postgres/postgres_fixture.hpp"
#include "tests/support/socket_proxy.hpp"

namespace gateway::journal::postgres {
namespace {

class Session : public postgres_test {};

// libpq's own closing sends what it holds as far as the system takes it: here the rest of a batch
// that was reported as not sent.
TEST_F(Session, SendsNothingWhenItIsCut) {
    database.query("CREATE TABLE t (body text)");
    support::socket_proxy proxy(database.server().host());
    const auto hosts =
        hosts_of(base::secret_text(database.conninfo("host=" + proxy.host())), settings());
    ASSERT_TRUE(hosts);
    const auto soon = [&] {
        return runtime.now() + std::chrono::milliseconds(300);
    };
    auto session = session::open(hosts->front(), runtime, runtime.now() + std::chrono::seconds(5));
    ASSERT_TRUE(session) << to_text(session.error());

    proxy.hold_requests();
    const std::string body(400'000, 'x');  // a little more than the system takes at once
    const char* values[] = {body.c_str()};
    ASSERT_EQ(
        PQsendQueryParams(
            (*session)->handle(),
            "INSERT INTO t VALUES ($1::text)",
            1,
            nullptr,
            values,
            nullptr,
            nullptr,
            1
        ),
        1
    );
    ASSERT_EQ(PQpipelineSync((*session)->handle()), 1);
    ASSERT_EQ((*session)->flush(soon()), session::sent::partly);
    proxy.release();
    const std::string reading = "SELECT count(*) FROM pg_stat_activity WHERE pid = " +
                                std::to_string((*session)->backend_pid());
    // The server waits for the rest, and the system has room for it.
    const auto drained = soon();
    while (runtime.now() < drained) {
        ASSERT_EQ(database.query(reading), "1");
    }
    (*session)->cut();
    const auto until = runtime.now() + std::chrono::seconds(10);
    while (database.query(reading) != "0") {
        ASSERT_LT(runtime.now(), until);
    }
    EXPECT_EQ(database.query("SELECT count(*) FROM t"), "0");
}

}  // namespace
}  // namespace gateway::journal::postgres
