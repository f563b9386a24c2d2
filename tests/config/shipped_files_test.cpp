#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "config/settings_reader.hpp"
#include "config/settings_reference.hpp"
#include "reading_support.hpp"

// The configuration files and the page that come with the program.

namespace gateway::config::test {
namespace {

const std::string source_dir = GATEWAY_SOURCE_DIR;

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ShippedFiles, TheProductionExampleIsAcceptedWithoutAWarning) {
    const environment_variable pos_token("POS_TOKEN_SHA256", std::string(64, '0'));
    const auto result =
        read_settings_file(source_dir + "/config/gateway.example.yaml", known_methods);
    ASSERT_EQ(faults_of(result), "");
    const auto& accepted = std::get<accepted_settings>(result);
    EXPECT_EQ(texts_of(accepted.warnings), "");
    EXPECT_EQ(accepted.settings.accounts.size(), 3u);
    EXPECT_EQ(accepted.settings.methods.size(), known_methods.size());
}

TEST(ShippedFiles, TheExampleOfSeveralReplicasIsAcceptedWithoutAWarning) {
    const environment_variable pos_token("POS_TOKEN_SHA256", std::string(64, '0'));
    const environment_variable ops_token("OPS_TOKEN_SHA256", std::string(64, '1'));
    const auto result =
        read_settings_file(source_dir + "/config/gateway.postgres.example.yaml", known_methods);
    ASSERT_EQ(faults_of(result), "");
    const auto& accepted = std::get<accepted_settings>(result);
    EXPECT_EQ(texts_of(accepted.warnings), "");
    ASSERT_TRUE(accepted.settings.journal.postgres);
    EXPECT_EQ(accepted.settings.journal.postgres->durability, journal_durability::standby);
    EXPECT_EQ(accepted.settings.journal.sqlite_path, "");
}

TEST(ShippedFiles, TheDemoIsAcceptedAndItsSecretsExist) {
    const environment_variable run_dir("GATEWAY_RUN_DIR", "/run/demo");
    const environment_variable port("SIMULATOR_PORT", "18081");
    const auto result = read_settings_file(source_dir + "/config/demo.yaml", known_methods);
    ASSERT_EQ(faults_of(result), "");
    const settings& found = std::get<accepted_settings>(result).settings;
    EXPECT_EQ(found.server.api.address, "127.0.0.1");
    EXPECT_EQ(found.server.admin.address, "127.0.0.1");
    EXPECT_EQ(found.journal.sqlite_path, "/run/demo/journal.db");
    ASSERT_EQ(found.accounts.size(), 2u);
    EXPECT_EQ(found.accounts[0].gateway.port, 18081);
    EXPECT_EQ(found.accounts[1].gateway.target, "/router/rest");
    for (const std::string& file :
         {found.accounts[0].alipay.private_key_file,
          found.accounts[0].alipay.alipay_public_key_file,
          found.accounts[1].taobao.app_secret_file,
          found.accounts[1].taobao.session_file}) {
        EXPECT_NE(content_of(file), "");
    }
}

TEST(ShippedFiles, TheReferencePageEqualsTheGeneratedOne) {
    EXPECT_EQ(content_of(source_dir + "/docs/configuration.md"), settings_reference())
        << "write it anew: redemption-gateway --config-reference > docs/configuration.md";
}

TEST(ShippedFiles, TheReferencePageNamesKnobsOfEveryLevel) {
    const std::string page = settings_reference();
    for (const std::string knob :
         {"`server.api.tls.client_ca_file`",
          "`callers[].roles`",
          "`journal.sqlite.path`",
          "`accounts[].limits.in_flight`",
          "`accounts[] (alipay).app_id`",
          "`accounts[] (taobao).sign_method`",
          "`methods.NAME.expires_in`",
          "`log.format`"}) {
        EXPECT_THAT(page, testing::HasSubstr(knob));
    }
}

}  // namespace
}  // namespace gateway::config::test
