#include "server/app/account_keys.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "server/app/check.hpp"
#include "tests/server/secret_files.hpp"
#include "tests/support/test_certificates.hpp"

namespace gateway::server {
namespace {

TEST(AccountKeys, ReadsTheSecretsOfATopAccount) {
    const support::secret_folder folder;
    const auto reading = read_keys(folder.taobao_account());
    EXPECT_TRUE(reading.faults.empty());
    ASSERT_TRUE(reading.keys);
    const auto& keys = std::get<taobao::credentials>(*reading.keys);
    EXPECT_EQ(keys.app_secret.reveal(), "s3cret");
    EXPECT_EQ(keys.session.reveal(), "s3ssion");
}

TEST(AccountKeys, NamesTheSettingThatIsWrong) {
    const support::secret_folder folder;
    auto account = folder.taobao_account();
    account.taobao.session_file = "/nowhere/session";
    const auto reading = read_keys(account);
    EXPECT_FALSE(reading.keys);
    ASSERT_EQ(reading.faults.size(), 1U);
    EXPECT_TRUE(reading.faults[0].starts_with("session_file: ")) << reading.faults[0];
}

config::account_settings tls_account(const support::secret_folder& folder, std::string ca_file) {
    auto account = folder.taobao_account();
    account.gateway.tls = true;
    account.ca_file = std::move(ca_file);
    return account;
}

TEST(AccountKeys, AreNotAloneACaFileIsProvedWithThem) {
    const support::secret_folder folder;
    const support::test_ca ca("a CA");
    const auto well = read_keys(tls_account(folder, folder.write("ca", ca.certificate())));
    EXPECT_TRUE(well.faults.empty());
    ASSERT_TRUE(well.trust);
    EXPECT_EQ(well.trust->authorities(), 1U);

    const std::string gone = folder.write("gone", "");
    std::filesystem::remove(gone);
    const std::string faulty[] = {gone, folder.write("rubbish", "no certificate")};
    for (const auto& path : faulty) {
        const auto reading = read_keys(tls_account(folder, path));
        EXPECT_FALSE(reading.trust);
        EXPECT_TRUE(reading.keys) << "the keys are well";
        ASSERT_EQ(reading.faults.size(), 1U);
        EXPECT_TRUE(reading.faults[0].starts_with("ca_file: ")) << reading.faults[0];
        // Of a file that is gone, the folder alone.
        const auto folder_of = std::filesystem::path(path).parent_path().string();
        EXPECT_NE(reading.faults[0].find(folder_of), std::string::npos) << reading.faults[0];
        auto unused = tls_account(folder, path);
        unused.gateway.tls = false;
        EXPECT_TRUE(read_keys(unused).faults.empty());
    }
}

TEST(AccountKeys, AChangedCaFileIsNoticedHoweverLarge) {
    const support::secret_folder folder;
    const support::test_ca ca("a CA");
    std::string comments;
    while (comments.size() < 200 * 1024) {
        comments += "# trusted for years\n";
    }
    const auto account = tls_account(folder, folder.write("ca", comments + ca.certificate()));
    const auto before = digest_of_files(account);
    EXPECT_EQ(read_keys(account).files, before);
    EXPECT_TRUE(read_keys(account).trust);
    folder.write("ca", comments + "#\n" + ca.certificate());
    EXPECT_NE(digest_of_files(account), before);
}

TEST(AccountKeys, AProxysCredentialsAreProvedWithThem) {
    const support::secret_folder folder;
    auto account = folder.taobao_account();
    account.proxy.emplace();
    account.proxy->host = "egress.example";
    EXPECT_TRUE(read_keys(account).faults.empty());
    EXPECT_FALSE(read_keys(account).proxy_credentials);

    account.proxy->credentials_file = folder.write("proxy", "user:pass:word\n");
    const auto before = digest_of_files(account);
    const auto well = read_keys(account);
    EXPECT_TRUE(well.faults.empty());
    ASSERT_TRUE(well.proxy_credentials);
    EXPECT_EQ(well.proxy_credentials->reveal(), "user:pass:word");
    EXPECT_EQ(well.files, before);

    for (const std::string faulty : {"no-colon", ":no user", "two:\nlines", "con\x01trol:x", ""}) {
        folder.write("proxy", faulty);
        const auto reading = read_keys(account);
        EXPECT_FALSE(reading.proxy_credentials) << faulty;
        EXPECT_TRUE(reading.keys) << "the keys are well";
        ASSERT_EQ(reading.faults.size(), 1U) << faulty;
        EXPECT_TRUE(reading.faults[0].starts_with("proxy.credentials_file: ")) << reading.faults[0];
    }
    EXPECT_NE(digest_of_files(account), before);
}

TEST(AccountKeys, ADigestChangesWithAnyFile) {
    const support::secret_folder folder;
    const auto account = folder.taobao_account();
    const auto before = digest_of_files(account);
    EXPECT_EQ(digest_of_files(account), before);
    EXPECT_EQ(read_keys(account).files, before);
    folder.write("session", "another");
    EXPECT_NE(digest_of_files(account), before);
}

TEST(CheckConfig, PrintsFindingsAndFaultsButNoSecret) {
    const support::secret_folder folder;
    config::settings settings;
    settings.journal.sqlite_path = "/var/lib/x.db";
    settings.accounts = {folder.taobao_account()};
    std::ostringstream well;
    EXPECT_TRUE(check_config(settings, well));
    EXPECT_NE(well.str().find("account fliggy: app_key 12345678\n"), std::string::npos);
    EXPECT_EQ(well.str().find("s3cret"), std::string::npos);

    folder.write("app_secret", "");
    settings.journal.encryption_key_file = "/nowhere/key";
    std::ostringstream faulty;
    EXPECT_FALSE(check_config(settings, faulty));
    EXPECT_NE(faulty.str().find("account fliggy: FAULT app_secret_file: "), std::string::npos);
    EXPECT_NE(faulty.str().find("journal: FAULT encryption_key_file: "), std::string::npos);
}

TEST(CheckConfig, SaysThatThereIsNoJournalYet) {
    const support::secret_folder folder;
    config::settings settings;
    settings.accounts = {folder.taobao_account()};
    settings.journal.sqlite_path = folder.write("journal.db", "");
    const auto said = [&settings] {
        std::ostringstream out;
        EXPECT_TRUE(check_config(settings, out));
        return out.str();
    };
    EXPECT_NE(said().find("journal: there is none; a start creates it\n"), std::string::npos);
    settings.journal.must_exist = true;
    EXPECT_NE(said().find("journal: warning: there is none, and must_exist"), std::string::npos);
    folder.write("journal.db", "another program's");
    EXPECT_EQ(said().find("there is none"), std::string::npos);
    settings.journal.sqlite_path += ".folder/journal.db";
    EXPECT_NE(said().find("journal: warning: its folder does not exist"), std::string::npos);
}

TEST(CheckConfig, ReadsWhereTheDatabaseIs) {
    const support::secret_folder folder;
    config::settings settings;
    settings.accounts = {folder.taobao_account()};
    auto& postgres = settings.journal.postgres.emplace();
    const struct {
        const char* conninfo;
        bool well;
    } rows[] = {
        {"host=/run/postgresql user=gateway password=pa55word", true},
        {"host=db.example user=gateway password=pa55word sslmode=disable", false},
        {"hostess=db.example password=pa55word", false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.conninfo);
        postgres.conninfo_file = folder.write("conninfo", row.conninfo);
        std::ostringstream out;
        EXPECT_EQ(check_config(settings, out), row.well) << out.str();
        EXPECT_EQ(out.str().find("journal: FAULT conninfo_file: ") != std::string::npos, !row.well);
        EXPECT_NE(out.str().find("not looked into for names"), std::string::npos);
        EXPECT_EQ(out.str().find("pa55word"), std::string::npos);
    }
    // As somebody may type it in place of a path.
    postgres.conninfo_file = "/etc/gateway/host=db.example password=pa55word";
    std::ostringstream missing;
    EXPECT_FALSE(check_config(settings, missing));
    EXPECT_NE(missing.str().find("journal: FAULT conninfo_file: "), std::string::npos);
    EXPECT_EQ(missing.str().find("pa55word"), std::string::npos);
}

}  // namespace
}  // namespace gateway::server
