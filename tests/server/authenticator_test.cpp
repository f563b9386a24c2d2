#include "server/http/authenticator.hpp"

#include <gtest/gtest.h>

#include "text/hex.hpp"

namespace gateway::server {
namespace {

using config::role;

// As the configuration names a caller: by the digest of its token.
config::caller_settings caller(std::string name, std::string token, std::vector<role> roles) {
    const auto digest = text::sha256(token);
    const auto hex = text::to_hex(std::string(digest.begin(), digest.end()));
    return {std::move(name), hex, "", std::move(roles), {}, {}, {}, {}};
}

authenticator two_callers() {
    return authenticator(
        {caller("pos", "pos-token", {role::redeem, role::read}),
         caller("ops", "ops-token", {role::operate})}
    );
}

TEST(Authenticator, KnowsATokenByItsDigest) {
    const auto callers = two_callers();
    struct row {
        const char* authorization;
        const char* name;
    };
    for (const row& row :
         {row{"Bearer pos-token", "pos"},
          row{"bearer pos-token", "pos"},
          row{"Bearer   ops-token", "ops"}}) {
        SCOPED_TRACE(row.authorization);
        const auto found = callers.authenticate({{"Authorization", row.authorization}});
        ASSERT_TRUE(std::holds_alternative<const handlers::caller_identity*>(found));
        EXPECT_EQ(std::get<const handlers::caller_identity*>(found)->name.str(), row.name);
    }
}

TEST(Authenticator, GivesEachCallerItsRoles) {
    const auto callers = two_callers();
    const auto found = callers.authenticate({{"Authorization", "Bearer pos-token"}});
    const auto* pos = std::get<const handlers::caller_identity*>(found);
    EXPECT_TRUE(pos->may(role::redeem));
    EXPECT_TRUE(pos->may(role::read));
    EXPECT_FALSE(pos->may(role::operate));
}

TEST(Authenticator, ChallengesUnknownClients) {
    const auto callers = two_callers();
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
        const auto found = callers.authenticate({{"Authorization", authorization}});
        ASSERT_TRUE(std::holds_alternative<handlers::problem>(found));
        const auto response = handlers::to_response(std::get<handlers::problem>(found));
        EXPECT_EQ(response.status, 401U);
        EXPECT_TRUE(response.headers.find("WWW-Authenticate")->starts_with("Bearer"));
    }
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(callers.authenticate({})));
    const net::header_list twice{
        {"Authorization", "Bearer pos-token"}, {"Authorization", "Bearer ops-token"}
    };
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(callers.authenticate(twice)));
}

TEST(Authenticator, AcceptsEveryClientWithoutConfiguredCallers) {
    const authenticator open({});
    const auto found = open.authenticate({});
    const auto* anonymous = std::get<const handlers::caller_identity*>(found);
    EXPECT_EQ(anonymous->name.str(), "anonymous");
    EXPECT_TRUE(anonymous->may(role::redeem));
    EXPECT_TRUE(anonymous->may(role::read));
    EXPECT_TRUE(anonymous->may(role::operate));
}

config::caller_settings shown(std::string name, std::string certificate_name) {
    return {std::move(name), "", std::move(certificate_name), {role::read}, {}, {}, {}, {}};
}

std::string name_of(
    const authenticator& callers, const net::header_list& headers, const net::peer_names& peer
) {
    const auto found = callers.authenticate(headers, peer);
    const auto* identity = std::get_if<const handlers::caller_identity*>(&found);
    return identity ? (*identity)->name.str() : "nobody";
}

TEST(Authenticator, KnowsCallersByTokenCertificateOrBoth) {
    auto both = caller("both", "both-token", {role::read});
    both.certificate_name = "both.example";
    const authenticator callers(
        {shown("ops", "ops.example"),
         shown("stock", "stock.example"),
         caller("pos", "pos-token", {role::redeem}),
         both}
    );
    struct row {
        const char* what;
        const char* token;
        net::peer_names peer;
        const char* name;
    };
    const row rows[] = {
        {"a certificate", "", {"ops.example"}, "ops"},
        {"in other letters", "", {"OPS.example"}, "ops"},
        {"its second name", "", {"x.example", "stock.example"}, "stock"},
        {"names of two callers", "", {"ops.example", "stock.example"}, "nobody"},
        {"nobody's name", "", {"x.example"}, "nobody"},
        {"a part of a name", "", {"ops.example.com"}, "nobody"},
        {"a wildcard", "", {"*.example"}, "nobody"},
        {"a name with a NUL", "", {std::string("ops.example\0.com", 16)}, "nobody"},
        {"nothing", "", {}, "nobody"},
        {"a token", "pos-token", {}, "pos"},
        {"a token decides before a certificate", "pos-token", {"ops.example"}, "pos"},
        {"a wrong token beside a good certificate", "x", {"ops.example"}, "nobody"},
        {"both", "both-token", {"both.example"}, "both"},
        {"the token of both alone", "both-token", {}, "nobody"},
        {"the token of both with another's certificate", "both-token", {"ops.example"}, "nobody"},
        {"the certificate of both alone", "", {"both.example"}, "nobody"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.what);
        net::header_list headers;
        if (*row.token != '\0') {
            headers.add("Authorization", std::string("Bearer ") + row.token);
        }
        EXPECT_EQ(name_of(callers, headers, row.peer), row.name);
    }
}

TEST(Authenticator, KeepsCallersWithinTheirRate) {
    using namespace std::chrono_literals;
    auto slow = caller("slow", "slow", {role::read});
    slow.requests_per_second = 0.5;
    auto quick = caller("quick", "quick", {role::read});
    quick.requests_per_second = 2;
    authenticator callers({slow, quick, caller("free", "free", {role::read})});
    const auto identity = [&](const std::string& token) -> const handlers::caller_identity& {
        const auto found = callers.authenticate({{"Authorization", "Bearer " + token}});
        return *std::get<const handlers::caller_identity*>(found);
    };
    const base::token_bucket::time start(100h);
    EXPECT_FALSE(callers.acquire_rate(identity("slow"), start));
    EXPECT_EQ(callers.acquire_rate(identity("slow"), start), 2s);
    EXPECT_EQ(callers.acquire_rate(identity("slow"), start + 1500ms), 1s);
    EXPECT_FALSE(callers.acquire_rate(identity("slow"), start + 2s));
    // A second's worth may be saved up, not more.
    for (const auto when : {start, start + 1h}) {
        EXPECT_FALSE(callers.acquire_rate(identity("quick"), when));
        EXPECT_FALSE(callers.acquire_rate(identity("quick"), when));
        EXPECT_EQ(callers.acquire_rate(identity("quick"), when), 1s);
    }
    for (int i = 0; i < 1000; ++i) {
        EXPECT_FALSE(callers.acquire_rate(identity("free"), start));
    }
}

TEST(Authenticator, KnowsWhatACallerMayUse) {
    auto limited = caller("pos", "pos", {role::redeem});
    limited.accounts = {"shop-a"};
    limited.methods = {"m.one"};
    const authenticator callers({limited, caller("ops", "ops", {role::operate})});
    const auto identity = [&](const std::string& token) -> const handlers::caller_identity& {
        const auto found = callers.authenticate({{"Authorization", "Bearer " + token}});
        return *std::get<const handlers::caller_identity*>(found);
    };
    EXPECT_TRUE(identity("pos").may_use(redemption::account_name("shop-a")));
    EXPECT_FALSE(identity("pos").may_use(redemption::account_name("shop-b")));
    EXPECT_TRUE(identity("pos").may_use(redemption::method_name("m.one")));
    EXPECT_FALSE(identity("pos").may_use(redemption::method_name("m.two")));
    EXPECT_TRUE(identity("ops").may_use(redemption::account_name("shop-b")));
    EXPECT_TRUE(identity("ops").may_use(redemption::method_name("m.two")));
}

TEST(Authenticator, AcceptsNoTokenOfACallerWithOnlyACertificate) {
    const authenticator callers({shown("ops", "ops.example")});
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(callers.authenticate({})));
    EXPECT_TRUE(std::holds_alternative<handlers::problem>(
        callers.authenticate({{"Authorization", "Bearer x"}})
    ));
}

}  // namespace
}  // namespace gateway::server
