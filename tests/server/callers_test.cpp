#include "server/callers.hpp"

#include <gtest/gtest.h>

namespace gateway::server {
namespace {

using config::role;

// As the configuration names a caller: by the digest of its token.
config::caller_settings caller(std::string name, std::string token, std::vector<role> roles) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const auto byte : handlers::sha256(token)) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0xFU];
    }
    return {std::move(name), hex, "", std::move(roles)};
}

callers two_callers() {
    return callers(
        {caller("pos", "pos-token", {role::redeem, role::read}),
         caller("ops", "ops-token", {role::operate})}
    );
}

TEST(Callers, KnowATokenByItsDigest) {
    const auto who = two_callers();
    struct row {
        const char* authorization;
        const char* name;
    };
    for (const row& row :
         {row{"Bearer pos-token", "pos"},
          row{"bearer pos-token", "pos"},
          row{"Bearer   ops-token", "ops"}}) {
        SCOPED_TRACE(row.authorization);
        const auto found = who.authenticate({{"Authorization", row.authorization}});
        ASSERT_TRUE(std::holds_alternative<const handlers::caller_identity*>(found));
        EXPECT_EQ(std::get<const handlers::caller_identity*>(found)->name.str(), row.name);
    }
}

TEST(Callers, GiveEachItsRoles) {
    const auto who = two_callers();
    const auto found = who.authenticate({{"Authorization", "Bearer pos-token"}});
    const auto* pos = std::get<const handlers::caller_identity*>(found);
    EXPECT_TRUE(pos->may(role::redeem));
    EXPECT_TRUE(pos->may(role::read));
    EXPECT_FALSE(pos->may(role::operate));
}

TEST(Callers, AskWhoeverTheyDoNotKnow) {
    const auto who = two_callers();
    for (const char* authorization :
         {"",
          "Bearer",
          "Bearer ",
          "Bearer pos-tokeN",
          "Bearer pos-token ",
          "Bearer pos",
          "pos-token",
          "Basic cG9zOnBvcw==",
          "Bearer,pos-token"}) {
        SCOPED_TRACE(authorization);
        const auto found = who.authenticate({{"Authorization", authorization}});
        ASSERT_TRUE(std::holds_alternative<handlers::problem>(found));
        const auto response = handlers::to_response(std::get<handlers::problem>(found));
        EXPECT_EQ(response.status, 401U);
        EXPECT_TRUE(response.headers.find("WWW-Authenticate")->starts_with("Bearer"));
    }
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(who.authenticate({})));
    const net::header_list twice{
        {"Authorization", "Bearer pos-token"}, {"Authorization", "Bearer ops-token"}
    };
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(who.authenticate(twice)));
}

TEST(Callers, LetEverybodyInWhenNoneAreConfigured) {
    const callers nobody({});
    const auto found = nobody.authenticate({});
    const auto* anonymous = std::get<const handlers::caller_identity*>(found);
    EXPECT_EQ(anonymous->name.str(), "anonymous");
    EXPECT_TRUE(anonymous->may(role::redeem));
    EXPECT_TRUE(anonymous->may(role::read));
    EXPECT_TRUE(anonymous->may(role::operate));
}

TEST(Callers, WithACertificateOnlyHaveNoToken) {
    const callers who({{"ops", "", "ops.example", {role::operate}}});
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(who.authenticate({})));
    EXPECT_TRUE(
        std::holds_alternative<handlers::problem>(who.authenticate({{"Authorization", "Bearer x"}}))
    );
}

}  // namespace
}  // namespace gateway::server
