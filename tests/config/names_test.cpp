// Names of accounts and callers, and what stands behind them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reading_support.hpp"

namespace gateway::config::test {
namespace {

std::string account(const std::string& name, const std::string& platform, const std::string& app) {
    const bool alipay = platform == "alipay";
    return "  - { name: " + name + ", platform: " + platform + ", gateway: \"https://h/\", " +
           (alipay ? "private_key_file: a, alipay_public_key_file: b, app_id: \""
                   : "app_secret_file: s, app_key: \"") +
           app + "\" }\n";
}

std::string warnings_of(const std::string& accounts) {
    const auto result = read(
        "callers: [ { name: a, roles: [redeem], token_sha256: " + std::string(64, 'a') +
        " } ]\njournal: { sqlite: { path: j }, encryption_key_file: k }\naccounts:\n" + accounts
    );
    const auto* found = std::get_if<accepted_settings>(&result);
    return found == nullptr ? "refused: " + faults_of(result) : texts_of(found->warnings);
}

TEST(Names, OfOneAppAreWarnedAboutWithTheNameThatHadItFirst) {
    for (const char* platform : {"alipay", "taobao"}) {
        const std::string app = std::string(platform) == "alipay" ? "app_id" : "app_key";
        EXPECT_EQ(
            warnings_of(
                account("shop", platform, "1") + account("other", platform, "2") +
                account("store", platform, "1")
            ),
            "gateway.yaml:6: accounts[2]: is the same app as account shop: they share natural "
            "keys, running totals, orders and bans, but no limits\n"
        ) << app;
    }
}

TEST(Names, OfAppsOfTwoPlatformsAreNotWarnedAbout) {
    EXPECT_EQ(warnings_of(account("shop", "alipay", "1") + account("fliggy", "taobao", "1")), "");
}

TEST(Names, ThatACallerHadBeforeAreReadInOrder) {
    const auto result = read(
        "callers: [ { name: pos, roles: [redeem], formerly: [anonymous, till], token_sha256: " +
        std::string(64, 'a') + " } ]\n" + minimal
    );
    const auto* found = std::get_if<accepted_settings>(&result);
    ASSERT_TRUE(found) << faults_of(result);
    EXPECT_EQ(
        found->settings.callers.at(0).formerly, (std::vector<std::string>{"anonymous", "till"})
    );
}

}  // namespace
}  // namespace gateway::config::test
