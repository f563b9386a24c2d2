#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "journal/postgres/connection.hpp"
#include "tests/journal/postgres/postgres_fixture.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::journal::postgres {
namespace {

const statement echo{"echo", "SELECT $1", {type::text}};

class ConnectionTls : public testing::Test {
protected:
    static support::postgres_server::options with(const support::certificate_pem& shown) {
        return {.fsync = false, .settings = {}, .certificate = shown.certificate, .key = shown.key};
    }
    // Connects to `host` at the server's port, trusting the certificates that `trusted` signed.
    pg_outcome<connection> open(const std::string& host, const support::test_ca& trusted) {
        const support::temporary_file roots(trusted.certificate());
        const support::temporary_file conninfo(
            "host=" + host + " hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=" + roots.path() +
            " user=postgres dbname=postgres port=" + std::to_string(server.port())
        );
        return connection::open({.conninfo_file = conninfo.path()}, runtime);
    }

    support::test_ca ca{"the database's"};
    support::postgres_server server{with(ca.issue("DNS:db.example"))};
    boost::asio::io_context loop;
    base::system_runtime runtime{loop.get_executor()};
};

TEST_F(ConnectionTls, CarriesBatches) {
    auto session = open("db.example", ca);
    ASSERT_TRUE(session) << to_text(session.error());
    const auto used = session->run_script(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", std::chrono::seconds(5)
    );
    ASSERT_TRUE(used) << to_text(used.error());
    EXPECT_EQ(*used, "t");
    for (const std::size_t length : {0U, 8'000U, 17'000U, 3'000'000U}) {
        call large{.what = &echo};
        large.with.add(type::text, std::string(length, 'x'));
        const auto done = session->run(large);
        ASSERT_TRUE(done) << to_text(done.error());
        row_reader at(*done, 0);
        EXPECT_EQ(at.next<std::string_view>().size(), length);
    }
}

TEST_F(ConnectionTls, TrustsOnlyTheServerThatItsCertificateNames) {
    const auto other_name = open("other.example", ca);
    ASSERT_FALSE(other_name);
    EXPECT_EQ(other_name.error().kind, error_kind::lost);
    EXPECT_THAT(
        std::string(other_name.error().reason.view()),
        testing::HasSubstr("does not match host name")
    );
    const auto other_ca = open("db.example", support::test_ca("somebody's"));
    ASSERT_FALSE(other_ca);
    EXPECT_EQ(other_ca.error().kind, error_kind::lost);
    EXPECT_THAT(
        std::string(other_ca.error().reason.view()), testing::HasSubstr("certificate verify failed")
    );
}

}  // namespace
}  // namespace gateway::journal::postgres
