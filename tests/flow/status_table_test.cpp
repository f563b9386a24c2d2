// Tests of each row of docs/api.md, Answers by outcome, through the real programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "world.hpp"

namespace gateway::flow {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : "";
}

void expect_problem(const answer& got, unsigned status, const std::string& type) {
    EXPECT_EQ(got.status, status) << got.body;
    EXPECT_EQ(got.header("content-type"), "application/problem+json");
    const auto problem = json_of(got);
    EXPECT_TRUE(text(problem, "type").ends_with(type)) << got.body;
    for (const char* member : {"type", "title", "status", "detail", "source", "safe_to_retry"}) {
        EXPECT_TRUE(problem.contains(member)) << member << " is missing: " << got.body;
    }
}

class StatusTable : public ::testing::Test {
protected:
    static void SetUpTestSuite() { shared() = std::make_unique<world>(); }
    static void TearDownTestSuite() { shared().reset(); }
    void TearDown() override { shared()->clear_faults(); }
    static std::unique_ptr<world>& shared() {
        static std::unique_ptr<world> one;
        return one;
    }
    world& w = *shared();
};

struct method_row {
    const char* name;
    std::string body;
    const char* natural_key;
    const char* result_member;
};

TEST_F(StatusTable, ConfirmsEachMethodAndReplaysItsAnswer) {
    const method_row rows[] = {
        {"voucher", voucher_body("confirm1", "CODE-CONFIRM-1"), "confirm1", "voucher_id"},
        {"ticket", ticket_body("1753340805138544001"), "1753340805138544001", "is_success"},
        {"running total", ticket_body("1753340805138544002", 2), "1753340805138544002", "is_success"
        },
        {"e-ticket", eticket_body("1753340805138544003"), "1753340805138544003", "ret_code"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto key = "confirm-" + std::string(row.natural_key);
        const auto first = w.post(key, row.body);
        EXPECT_EQ(first.status, 200U) << first.body;
        const auto redemption = json_of(first);
        EXPECT_EQ(text(redemption, "state"), "succeeded");
        EXPECT_EQ(text(redemption, "idempotency_key"), key);
        EXPECT_TRUE(redemption.at("result").as_object().contains(row.result_member)) << first.body;
        EXPECT_EQ(redemption.at("attempts").as_array().size(), 1U);
        EXPECT_TRUE(redemption.at("error").is_null());
        EXPECT_EQ(first.header("idempotent-replayed"), "");

        const auto second = w.post(key, row.body);
        EXPECT_EQ(second.status, 200U);
        EXPECT_EQ(second.header("idempotent-replayed"), "true");
        EXPECT_EQ(text(json_of(second), "id"), text(redemption, "id"));
        EXPECT_EQ(w.executed(row.natural_key), 1);

        const auto by_id = w.get("/v1/redemptions/" + text(redemption, "id"));
        EXPECT_EQ(by_id.status, 200U);
        EXPECT_EQ(text(json_of(by_id), "state"), "succeeded");
    }
}

TEST_F(StatusTable, ReturnsPendingWithALocationAfterTheWait) {
    w.fault(R"({"fault":"late","delay_ms":600,"times":1})");
    const auto got =
        w.post("pending", voucher_body("pending1", "CODE-PENDING"), {{"Prefer", "respond-async"}});
    EXPECT_EQ(got.status, 202U) << got.body;
    EXPECT_EQ(text(json_of(got), "state"), "pending");
    EXPECT_EQ(got.header("preference-applied"), "respond-async");
    EXPECT_FALSE(got.header("retry-after").empty());
    const auto where = got.header("location");
    ASSERT_TRUE(where.starts_with("/v1/redemptions/")) << where;
    const auto later = w.get(where, {{"Prefer", "wait=10"}});
    EXPECT_EQ(later.status, 200U) << later.body;
    EXPECT_EQ(text(json_of(later), "state"), "succeeded");
    EXPECT_EQ(w.executed("pending1"), 1);
}

TEST_F(StatusTable, ReturnsUnknownWhenARepetitionCouldDouble) {
    w.fault(R"({"fault":"execute-then-reset","times":1})");
    const auto got = w.post("unknown", ticket_body("1753340805138544010"));
    EXPECT_EQ(got.status, 202U) << got.body;
    EXPECT_EQ(text(json_of(got), "state"), "unknown");
    EXPECT_FALSE(got.header("location").empty());
    EXPECT_EQ(
        text(json_of(w.post("unknown", ticket_body("1753340805138544010"))), "state"), "unknown"
    );
    EXPECT_EQ(w.executed("1753340805138544010"), 1);
}

TEST_F(StatusTable, ReturnsRejectedWithThePlatformsReason) {
    const auto got = w.post("rejected", voucher_body("rejected1", "EXPIRED-CODE"));
    expect_problem(got, 422, "rejected");
    const auto problem = json_of(got);
    EXPECT_EQ(text(problem, "source"), "platform");
    EXPECT_EQ(text(problem, "sub_code"), "VOUCHER_HAS_EXPIRED");
    EXPECT_EQ(text(problem.at("redemption").as_object(), "state"), "rejected");
    EXPECT_EQ(
        text(problem, "instance"),
        "/v1/redemptions/" + text(problem.at("redemption").as_object(), "id")
    );
    EXPECT_EQ(got.body.find("EXPIRED-CODE"), std::string::npos) << "the code leaks";
}

TEST_F(StatusTable, ReturnsFailedWhenNoAttemptWasExecuted) {
    w.fault(R"({"fault":"throttle","ban_s":3,"times":1,"platform":"taobao"})");
    const std::string body = R"({"expires_in":2,)" + ticket_body("1753340805138544020").substr(1);
    const auto got = w.post("failed", body);
    expect_problem(got, 503, "failed");
    EXPECT_FALSE(got.header("retry-after").empty());
    EXPECT_EQ(w.executed("1753340805138544020"), 0);
}

TEST_F(StatusTable, RefusesAKeyWithAnotherBody) {
    w.post("reused", voucher_body("reused1", "CODE-R1"));
    expect_problem(
        w.post("reused", voucher_body("reused2", "CODE-R2")), 422, "idempotency-key-reused"
    );
    EXPECT_EQ(w.executed("reused2"), 0);
}

TEST_F(StatusTable, AcceptsTheSameBodyInAnotherForm) {
    const auto first = w.post("form", voucher_body("form1", "CODE-FORM"));
    const auto second = w.post(
        "form",
        R"({ "params" : {"out_biz_no":"form1", "entity_no":"CODE\u002dFORM"}, "method":"alipay.marketing.voucher.stock.use" })"
    );
    EXPECT_EQ(second.status, 200U) << second.body;
    EXPECT_EQ(text(json_of(first), "id"), text(json_of(second), "id"));
}

TEST_F(StatusTable, RefusesANaturalKeyInUse) {
    const auto first = w.post("natural a", voucher_body("natural1", "CODE-N1"));
    const auto got = w.post("natural b", voucher_body("natural1", "CODE-N1"));
    expect_problem(got, 409, "natural-key-in-use");
    EXPECT_EQ(got.header("location"), "/v1/redemptions/" + text(json_of(first), "id"));
    EXPECT_EQ(w.executed("natural1"), 1);
}

TEST_F(StatusTable, RefusesATotalThatWouldFall) {
    EXPECT_EQ(w.post("total 3", ticket_body("1753340805138544030", 3)).status, 200U);
    expect_problem(
        w.post("total 2", ticket_body("1753340805138544030", 2)), 409, "total-would-fall"
    );
    EXPECT_EQ(w.post("total 3 again", ticket_body("1753340805138544030", 3)).status, 200U);
}

TEST_F(StatusTable, RefusesAWaitingTotalThatAHigherOneOvertakes) {
    w.fault(R"({"fault":"late","delay_ms":500,"times":1,"platform":"taobao"})");
    const auto higher = w.post(
        "overtaking 3", ticket_body("1753340805138544031", 3), {{"Prefer", "respond-async"}}
    );
    EXPECT_EQ(higher.status, 202U) << higher.body;
    const auto got = w.post("overtaken 2", ticket_body("1753340805138544031", 2));
    expect_problem(got, 409, "total-would-fall");
    const auto problem = json_of(got);
    EXPECT_EQ(text(problem, "source"), "caller");
    EXPECT_EQ(text(problem.at("redemption").as_object(), "state"), "failed");
    EXPECT_TRUE(problem.at("redemption").at("attempts").as_array().empty()) << got.body;
    const auto by_id = w.get(text(problem, "instance"));
    EXPECT_EQ(by_id.status, 200U);
    EXPECT_EQ(text(json_of(by_id), "state"), "failed");
    expect_problem(
        w.post("overtaken 2", ticket_body("1753340805138544031", 2)), 409, "total-would-fall"
    );
    EXPECT_EQ(w.executed("1753340805138544031"), 1);
}

TEST_F(StatusTable, AnswersUnknownRoutesAndMethods) {
    expect_problem(w.get("/nothing/here"), 404, "not-found");
    expect_problem(
        w.get("/v1/redemptions/0193a5d0-0000-7000-8000-000000000000"), 404, "no-such-redemption"
    );
    const auto got = call(w.api_port, "DELETE", "/v1/redemptions");
    expect_problem(got, 405, "method-not-allowed");
    EXPECT_NE(got.header("allow").find("POST"), std::string::npos);
    const auto options = call(w.api_port, "OPTIONS", "/v1/redemptions");
    EXPECT_EQ(options.status, 204U);
    EXPECT_NE(options.header("allow").find("GET"), std::string::npos);
    const auto head = call(w.api_port, "HEAD", "/v1/accounts");
    EXPECT_EQ(head.status, 200U);
    EXPECT_TRUE(head.body.empty());
}

TEST_F(StatusTable, ListsNewestFirstByCursor) {
    for (int i = 0; i < 5; ++i) {
        w.post(
            "list " + std::to_string(i),
            voucher_body("list" + std::to_string(i), "CODE-LIST-" + std::to_string(i))
        );
    }
    std::vector<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 10; ++page) {
        const auto got =
            w.get("/v1/redemptions?limit=2&method=alipay.marketing.voucher.stock.use" + cursor);
        ASSERT_EQ(got.status, 200U) << got.body;
        const auto list = json_of(got);
        for (const auto& item : list.at("redemptions").as_array()) {
            seen.push_back(text(item.as_object(), "idempotency_key"));
        }
        if (!list.contains("next_cursor") || !list.at("next_cursor").is_string()) {
            break;
        }
        cursor = "&cursor=" + text(list, "next_cursor");
    }
    ASSERT_GE(seen.size(), 5U);
    EXPECT_EQ(seen[0], "list-4");
    EXPECT_EQ(seen[4], "list-0");
    auto unique = seen;
    std::sort(unique.begin(), unique.end());
    EXPECT_EQ(std::unique(unique.begin(), unique.end()), unique.end()) << "a page repeats";
    EXPECT_EQ(w.get("/v1/redemptions?limit=0").status, 400U);
    EXPECT_EQ(w.get("/v1/redemptions?nonsense=1").status, 400U);
}

TEST_F(StatusTable, ShowsAccountsWithoutSecrets) {
    const auto got = w.get("/v1/accounts");
    EXPECT_EQ(got.status, 200U);
    EXPECT_NE(got.body.find("shop-a"), std::string::npos);
    EXPECT_NE(got.body.find("taobao.travel.ticket.order.verify"), std::string::npos);
    EXPECT_EQ(got.body.find("helloworld"), std::string::npos);
    EXPECT_EQ(got.body.find("PRIVATE"), std::string::npos);
}

TEST_F(StatusTable, LetsAnOperatorRetryAnUnknownRedemption) {
    w.fault(R"({"fault":"reset-after-reading","times":1})");
    const auto unknown = w.post("resolve", ticket_body("1753340805138544040"));
    ASSERT_EQ(text(json_of(unknown), "state"), "unknown") << unknown.body;
    const auto where = unknown.header("location");
    const std::map<std::string, std::string> type{{"Content-Type", "application/json"}};
    EXPECT_EQ(
        call(w.api_port, "POST", where + "/resolve", type, R"({"state":"pending"})").status, 400U
    );
    const auto retried =
        call(w.api_port, "POST", where + "/retry", type, R"({"note":"seen in the console"})");
    EXPECT_TRUE(retried.status == 202U || retried.status == 200U) << retried.body;
    const auto settled = w.post_until_settled("resolve", ticket_body("1753340805138544040"));
    EXPECT_EQ(text(json_of(settled), "state"), "succeeded") << settled.body;
    EXPECT_EQ(w.executed("1753340805138544040"), 1);
    EXPECT_EQ(call(w.api_port, "POST", where + "/retry", type, "{}").status, 409U);
}

TEST(Callers, UseAndSeeOnlyTheirAccounts) {
    world_options options;
    options.gateway_extra =
        "callers:\n"
        "  - name: pos\n"
        "    token_sha256: "
        "\"744ae1aa6bd53faa387e2f9489bfa9d881698e9674f4f67d079edc8f7a7c2285\"\n"
        "    roles: [redeem, read]\n"
        "    accounts: [shop-a]\n"
        "  - name: kiosk\n"
        "    token_sha256: "
        "\"45f16d22ad850caf5e17d4a940cd52247b941e76f2c9e7f3ecc4e10993a9d9dd\"\n"
        "    roles: [redeem]\n"
        "    methods: [taobao.travel.ticket.order.verify]\n"
        "  - name: ops\n"
        "    token_sha256: "
        "\"d9310c002af91822beb0b3487d8b04f85bf6bf1f8a5496bff7d35fc7c5a29def\"\n"
        "    roles: [operator, read]\n"
        "    accounts: [fliggy]\n";
    world w(options);
    const auto as = [](const std::string& name) {
        return std::map<std::string, std::string>{
            {"Authorization", "Bearer " + name + "-token"}, {"Content-Type", "application/json"}
        };
    };
    const auto mine = w.post("own", voucher_body("limited1"), as("pos"));
    ASSERT_EQ(mine.status, 200U) << mine.body;
    EXPECT_EQ(text(json_of(mine), "account"), "shop-a");
    expect_problem(w.post("others", ticket_body("1"), as("pos")), 403, "forbidden");
    expect_problem(w.post("method", voucher_body("limited2"), as("kiosk")), 403, "forbidden");
    const auto theirs = w.post("ticket", ticket_body("2"), as("kiosk"));
    ASSERT_EQ(theirs.status, 200U) << theirs.body;

    const auto path = "/v1/redemptions/" + text(json_of(mine), "id");
    EXPECT_EQ(w.get(path, as("ops")).status, 404U) << "a redemption of another account is visible";
    EXPECT_EQ(
        call(w.api_port, "POST", path + "/resolve", as("ops"), R"({"state":"failed"})").status, 404U
    );
    EXPECT_EQ(w.get("/v1/redemptions/" + text(json_of(theirs), "id"), as("ops")).status, 200U);
    const auto list = w.get("/v1/redemptions", as("ops")).body;
    EXPECT_EQ(list.find(text(json_of(mine), "id")), std::string::npos);
    EXPECT_NE(list.find(text(json_of(theirs), "id")), std::string::npos);
    EXPECT_EQ(w.get("/v1/accounts", as("pos")).body.find("fliggy"), std::string::npos);
}

TEST(Callers, AreIdentifiedByTokenAndSeeOnlyTheirOwnRedemptions) {
    // SHA-256 of "pos-token", "kiosk-token" and "ops-token": test-only tokens.
    world_options options;
    options.gateway_extra =
        "callers:\n"
        "  - name: pos\n"
        "    token_sha256: "
        "\"744ae1aa6bd53faa387e2f9489bfa9d881698e9674f4f67d079edc8f7a7c2285\"\n"
        "    roles: [redeem, read]\n"
        "  - name: kiosk\n"
        "    token_sha256: "
        "\"45f16d22ad850caf5e17d4a940cd52247b941e76f2c9e7f3ecc4e10993a9d9dd\"\n"
        "    roles: [redeem, read]\n"
        "  - name: ops\n"
        "    token_sha256: "
        "\"d9310c002af91822beb0b3487d8b04f85bf6bf1f8a5496bff7d35fc7c5a29def\"\n"
        "    roles: [operator, read]\n";
    world w(options);
    const auto as = [](const std::string& name) {
        return std::map<std::string, std::string>{{"Authorization", "Bearer " + name + "-token"}};
    };
    const auto without = w.post("k", voucher_body("auth1"));
    expect_problem(without, 401, "unauthorized");
    EXPECT_FALSE(without.header("www-authenticate").empty());
    expect_problem(w.post("k", voucher_body("auth1"), as("wrong")), 401, "unauthorized");
    EXPECT_EQ(w.executed_in_all(), 0);

    const auto mine = w.post("k", voucher_body("auth1", "CODE-A1"), as("pos"));
    ASSERT_EQ(mine.status, 200U) << mine.body;
    const auto where = "/v1/redemptions/" + text(json_of(mine), "id");
    EXPECT_EQ(w.get(where, as("pos")).status, 200U);
    EXPECT_EQ(w.get(where, as("kiosk")).status, 404U) << "another caller's redemption is visible";
    EXPECT_EQ(w.get(where, as("ops")).status, 200U);
    expect_problem(w.post("k", voucher_body("auth2"), as("ops")), 403, "forbidden");
    EXPECT_EQ(call(w.api_port, "POST", where + "/retry", as("pos"), "{}").status, 403U);

    // A key belongs to its caller, so another caller's use of it makes another redemption.
    EXPECT_EQ(w.post("k", voucher_body("auth3", "CODE-A3"), as("kiosk")).status, 200U);
    EXPECT_EQ(w.executed_in_all(), 2);
}

}  // namespace
}  // namespace gateway::flow
