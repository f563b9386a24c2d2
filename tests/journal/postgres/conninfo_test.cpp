#include "journal/postgres/conninfo.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace gateway::journal::postgres {
namespace {

base::secret_text secret(std::string text) {
    return base::secret_text(std::move(text));
}

std::string option(const connection_options& of, const std::string& keyword) {
    const auto found = of.find(keyword);
    return found == of.end() ? "-" : std::string(found->second.reveal());
}

// Host, address, port and TLS mode of each host; the reason of a refusal.
std::string hosts(const std::string& text, bool tls_off = false) {
    connection_settings settings;
    settings.tls_off = tls_off;
    const auto found = hosts_of(secret(text), settings);
    if (!found) {
        return std::string(found.error().reason.view());
    }
    std::string all;
    for (const auto& one : *found) {
        all += all.empty() ? "" : "; ";
        for (const char* keyword : {"host", "hostaddr", "port", "sslmode"}) {
            all += option(one, keyword) + " ";
        }
        all.pop_back();
    }
    return all;
}

TEST(Conninfo, NamesEachHostByItself) {
    EXPECT_EQ(hosts("host=/run/pg"), "/run/pg - - -");
    EXPECT_EQ(hosts("host=db1,db2 port=5433"), "db1 - 5433 verify-full; db2 - 5433 verify-full");
    EXPECT_EQ(hosts("host=db1,/run port=1,2"), "db1 - 1 verify-full; /run - 2 -");
    EXPECT_EQ(hosts("postgresql://u:p@db1:5,db2:6/d"), "db1 - 5 verify-full; db2 - 6 verify-full");
    EXPECT_EQ(hosts("host=a,b hostaddr=10.0.0.1,10.0.0.2").substr(0, 12), "a 10.0.0.1 -");
    EXPECT_EQ(
        hosts("host=a,b,c port=1,2"),
        "the connection string has lists of hosts and ports that do not fit"
    );
}

TEST(Conninfo, AsksForTlsOutsideTheMachine) {
    const std::string refused =
        "the connection string asks for another sslmode than verify-full, but the host is not this "
        "machine";
    struct row {
        const char* text;
        bool tls_off;
        std::string wanted;
    };
    const row table[] = {
        {"host=db", false, "db - - verify-full"},
        {"host=db sslmode=verify-full", false, "db - - verify-full"},
        {"host=db sslmode=require", false, refused},
        {"host=db sslmode=disable", false, refused},
        {"host=/run,db sslmode=disable", false, refused},
        {"host=db sslmode=disable", true, "db - - disable"},
        {"host=db", true, "db - - -"},
        {"host=localhost sslmode=disable", false, "localhost - - disable"},
        {"host=127.0.0.9", false, "127.0.0.9 - - -"},
        {"host=::1", false, "::1 - - -"},
        {"host=@abstract", false, "@abstract - - -"},
        {"hostaddr=127.0.0.1", false, "- 127.0.0.1 - -"},
        {"host=localhost hostaddr=10.0.0.1", false, "localhost 10.0.0.1 - verify-full"},
        {"host=127.0.0.1.example.com", false, "127.0.0.1.example.com - - verify-full"},
    };
    for (const auto& one : table) {
        EXPECT_EQ(hosts(one.text, one.tls_off), one.wanted) << one.text;
    }
}

TEST(Conninfo, KeepsTheSettingsThatTheJournalNeeds) {
    const auto found = hosts_of(
        secret("host=db target_session_attrs=any connect_timeout=0 tcp_user_timeout=0 "
               "keepalives_idle=9 application_name=x client_encoding=LATIN1 options='-c a.b=c'"),
        {.used_by = role::reader}
    );
    ASSERT_TRUE(found);
    const auto& one = found->front();
    EXPECT_EQ(option(one, "target_session_attrs"), "read-write");
    EXPECT_EQ(option(one, "tcp_user_timeout"), "5000");
    EXPECT_EQ(option(one, "keepalives_idle"), "9");
    EXPECT_EQ(option(one, "keepalives_interval"), "5");
    EXPECT_EQ(option(one, "application_name"), "redemption-gateway");
    EXPECT_EQ(option(one, "client_encoding"), "UTF8");
    EXPECT_EQ(option(one, "sslrootcert"), "/etc/ssl/certs/ca-certificates.crt");
    EXPECT_EQ(
        option(one, "options"),
        "-c a.b=c -c statement_timeout=5000 -c lock_timeout=2000 -c jit=off -c timezone=UTC"
        " -c enable_seqscan=off -c idle_in_transaction_session_timeout=10000"
        " -c tcp_user_timeout=10000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
        " -c tcp_keepalives_count=2 -c plan_cache_mode=force_custom_plan -c enable_bitmapscan=off"
        " -c enable_hashjoin=off -c enable_mergejoin=off -c max_parallel_workers_per_gather=0"
    );
    const auto pooled = hosts_of(secret("host=db"), {.through_pooler = true});
    ASSERT_TRUE(pooled);
    EXPECT_EQ(option(pooled->front(), "options"), "-");
}

TEST(Conninfo, RepeatsNothingOfATextThatCannotBeUnderstood) {
    EXPECT_EQ(hosts("host=db password hunter2"), "the connection string cannot be understood");
    EXPECT_EQ(hosts("hunter2"), "the connection string cannot be understood");
    EXPECT_EQ(hosts("service=x"), "the connection string names a service, which is not supported");
}

TEST(Conninfo, ResolvesAHostToItsAddresses) {
    const auto found = hosts_of(secret("host=127.0.0.1"), {});
    ASSERT_TRUE(found);
    const auto addresses = addresses_of(found->front());
    ASSERT_TRUE(addresses);
    ASSERT_EQ(addresses->size(), 1U);
    EXPECT_EQ(option(addresses->front(), "hostaddr"), "127.0.0.1");
    const auto unknown = hosts_of(secret("host=nothing.invalid"), {});
    ASSERT_TRUE(unknown);
    const auto none = addresses_of(unknown->front());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, error_kind::lost);
}

TEST(Conninfo, ReadsItsFileWithinBounds) {
    const std::string path = testing::TempDir() + "conninfo";
    std::ofstream(path) << "host=db password=x \n\n";
    const auto found = read_conninfo(path);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->text.reveal(), "host=db password=x");
    std::ofstream(path) << std::string(65 * 1024, 'x');
    const auto large = read_conninfo(path);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().reason, "the file of the connection string is larger than 64 KiB");
    std::filesystem::remove(path);
    const auto missing = read_conninfo(path);
    ASSERT_FALSE(missing);
    EXPECT_EQ(
        missing.error().reason,
        "the file of the connection string cannot be opened: No such file or directory"
    );
    EXPECT_FALSE(read_conninfo(testing::TempDir()));
}

}  // namespace
}  // namespace gateway::journal::postgres
