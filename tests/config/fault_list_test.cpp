#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reading_support.hpp"

// How the faults of a whole file are reported.

namespace gateway::config::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SettingsFaults, AreAllReportedAtOnceInFileOrder) {
    const auto result = read(
        "log: { level: loud }\n"
        "server:\n"
        "  max_body: 64KB\n"
        "  api: { prot: 1 }\n"
        "journal: {}\n"
        "accounts:\n"
        "  - { name: a, platform: taobao, gateway: nowhere, app_key: k }\n"
        "  - { name: a, platform: alipay, gateway: \"https://h/\", app_id: 1 }\n"
    );
    const auto* faults = std::get_if<std::vector<fault>>(&result);
    ASSERT_NE(faults, nullptr);
    std::vector<int> lines;
    for (const fault& one : *faults) {
        lines.push_back(one.line);
    }
    EXPECT_THAT(lines, testing::ElementsAre(1, 3, 4, 5, 7, 7, 8, 8, 8)) << texts_of(*faults);
}

TEST(SettingsFaults, NeverShowATokenOrAnEnvironmentValue) {
    const environment_variable secret("GATEWAY_TEST_SECRET", "s3cr3t-value");
    const std::string reported = faults_of(
        read(with_first("callers: [ { name: a, roles: [read], token_sha256: s3cr3t-token } ]\n"
                        "log: { level: \"${GATEWAY_TEST_SECRET}\" }"))
    );
    EXPECT_THAT(reported, HasSubstr("callers[0].token_sha256"));
    EXPECT_THAT(reported, HasSubstr("found \"${GATEWAY_TEST_SECRET}\""));
    EXPECT_THAT(reported, Not(HasSubstr("s3cr3t")));
}

TEST(SettingsFaults, NeverShowASecretInThePlaceOfItsFilesPath) {
    const environment_variable secret("GATEWAY_TEST_SECRET", "s3cr3t/value");
    for (const std::string file :
         {"\"${GATEWAY_TEST_SECRET}\"",
          "\"prefix-${GATEWAY_TEST_SECRET}\"",
          "|\n      -----BEGIN PRIVATE KEY-----\n      s3cr3t\n      -----END PRIVATE KEY-----"}) {
        SCOPED_TRACE(file);
        const std::string reported = faults_of(read(
            journal_line +
            "accounts:\n  - name: a\n    platform: taobao\n    app_key: k\n"
            "    gateway: \"https://h/\"\n    app_secret_file: " +
            file + "\n"
        ));
        EXPECT_THAT(reported, HasSubstr("7: accounts[0].app_secret_file: expected a file's path"));
        EXPECT_THAT(reported, Not(HasSubstr("s3cr3t")));
    }
}

TEST(SettingsFaults, NeverShowThePasswordOfAUrl) {
    const std::string reported =
        faults_of(read(
            journal_line + "accounts: [ { name: a, platform: taobao, app_key: k,\n"
                           "  app_secret_file: s, gateway: \"https://u:s3cr3t@h/\" } ]\n"
        ));
    EXPECT_THAT(reported, HasSubstr("without user name"));
    EXPECT_THAT(reported, Not(HasSubstr("s3cr3t")));
}

TEST(SettingsFaults, ShowWhatWasFoundOnOneShortLine) {
    const std::string reported =
        faults_of(read(with_first("log: { level: \"a\\nb\\e" + std::string(5'000, 'x') + "\" }")));
    EXPECT_THAT(reported, HasSubstr("found \"a?b?xxx"));
    EXPECT_LT(reported.size(), 200u);
}

TEST(SettingsFaults, ReadLikeACompilersMessage) {
    EXPECT_EQ((fault{"a.yaml", 12, "b: c"}.text()), "a.yaml:12: b: c");
    EXPECT_EQ((fault{"a.yaml", 0, "empty"}.text()), "a.yaml: empty");
}

}  // namespace
}  // namespace gateway::config::test
