// Accounts and the methods that they serve.
#include "server/app/methods.hpp"

#include <gtest/gtest.h>

namespace gateway::server {
namespace {

config::account_settings top_account(std::string name, std::string session_file) {
    config::account_settings account;
    account.name = std::move(name);
    account.platform = config::platform::taobao;
    account.taobao.session_file = std::move(session_file);
    return account;
}

std::vector<redemption::account_name> serving(const config::settings& settings, const char* name) {
    const method_directory known(settings);
    const auto* const method = known.method(name);
    return method ? known.accounts_for(*method) : std::vector<redemption::account_name>();
}

// It would only wait for a session that never comes, and leave callers to choose between two.
TEST(MethodDirectory, AnAccountWithoutASessionServesNoMethodThatNeedsOne) {
    config::settings settings;
    settings.accounts.push_back(top_account("tickets", ""));
    settings.accounts.push_back(top_account("fliggy", "/run/secrets/session"));
    settings.accounts.emplace_back().name = "shop-a";
    EXPECT_EQ(
        serving(settings, "taobao.travel.ticket.order.verify"),
        (std::vector{redemption::account_name("tickets"), redemption::account_name("fliggy")})
    );
    EXPECT_EQ(
        serving(settings, "taobao.eticket.merchant.ma.send"),
        std::vector{redemption::account_name("fliggy")}
    );
    EXPECT_EQ(
        serving(settings, "alipay.marketing.voucher.stock.use"),
        std::vector{redemption::account_name("shop-a")}
    );
}

TEST(MethodDirectory, ASectionWithoutExpiresInKeepsTheMethodsOwn) {
    using std::chrono::hours;
    using std::chrono::seconds;
    const auto* const send = "taobao.eticket.merchant.ma.send";
    const auto* const verify = "taobao.travel.ticket.order.verify";
    config::settings settings;
    const auto expires_in = [&](const char* name) {
        const method_directory known(settings);
        return known.expires_in(*known.method(name));
    };
    EXPECT_EQ(expires_in(send), hours(24));
    EXPECT_EQ(expires_in(verify), seconds(60));
    settings.methods[send] = {};
    EXPECT_EQ(expires_in(send), hours(24));
    settings.methods[send].expires_in = hours(30 * 24);
    EXPECT_EQ(expires_in(send), hours(30 * 24));
}

}  // namespace
}  // namespace gateway::server
