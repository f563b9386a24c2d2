#include "server/app/names.hpp"

#include <gmock/gmock.h>

// Warnings of names in the journal that are not configured (docs/journal.md, Identities).

namespace gateway::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using kind = redemption::unconfigured_name::kind;

config::account_settings account(const char* name, config::platform platform, const char* app) {
    config::account_settings one;
    one.name = name;
    one.platform = platform;
    (platform == config::platform::alipay ? one.alipay.app_id : one.taobao.app_key) = app;
    return one;
}

struct NamesInTheJournal : ::testing::Test {
    NamesInTheJournal() {
        settings.accounts = {
            account("till", config::platform::alipay, "1"),
            account("store", config::platform::taobao, "1"),
            account("shop", config::platform::taobao, "1"),
        };
    }
    std::string said_of_an_account(const char* identity) {
        const redemption::unconfigured_name gone{
            .of = kind::account,
            .name = "gone",
            .redemptions = 5,
            .unsettled = 2,
            .identity = redemption::platform_identity(identity)
        };
        return std::string(sentence_about(gone, settings));
    }

    config::settings settings;
};

TEST_F(NamesInTheJournal, AreOfAnAccountThatWasRenamed) {
    EXPECT_EQ(
        said_of_an_account("taobao:1"),
        "the journal holds 5 redemptions (2 of them pending or unknown) of the account gone, which "
        "is not configured: account shop has the same app and goes on with it"
    );
    EXPECT_THAT(said_of_an_account("alipay:1"), HasSubstr(": account till has the same app"));
}

TEST_F(NamesInTheJournal, AreOfAnAccountWhoseAppIsGone) {
    for (const char* identity : {"taobao:2", ""}) {
        EXPECT_THAT(
            said_of_an_account(identity),
            AllOf(HasSubstr("nothing of it is sent"), Not(HasSubstr("goes on")))
        );
    }
}

TEST_F(NamesInTheJournal, AreOfACallerThatNobodyNames) {
    const redemption::unconfigured_name gone{
        .of = kind::caller, .name = "gone", .redemptions = 1, .unsettled = 0, .identity = {}
    };
    EXPECT_THAT(
        std::string(sentence_about(gone, settings)),
        AllOf(HasSubstr("of the caller gone"), HasSubstr("unless a caller names it in `formerly`"))
    );
}

}  // namespace
}  // namespace gateway::server
