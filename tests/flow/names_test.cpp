// Names of accounts and callers are the operator's: renaming forgets nothing, and what the journal
// knows under names that are not configured is said.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "world.hpp"

namespace gateway::flow {
namespace {

// A caller whose token is "pos-token-0123456789abcdef".
const std::string caller_pos =
    "callers:\n"
    "  - name: pos\n"
    "    token_sha256: \"fd2031a5e4cdf63f63213dd0a2354056bd6372f95d58d5e133be47039b827a99\"\n"
    "    roles: [redeem, read]\n";
const std::map<std::string, std::string> as_pos{
    {"Authorization", "Bearer pos-token-0123456789abcdef"}
};
const std::string derived =
    R"({"method":"alipay.marketing.voucher.stock.use","params":{"entity_no":"CODE-N1"}})";

using replacements = std::vector<std::pair<std::string, std::string>>;

void edit_configuration(const world& w, const replacements& of, const std::string& more) {
    const auto file = w.folder / "gateway.yaml";
    std::string text;
    {
        std::ifstream in(file);
        text.assign(std::istreambuf_iterator<char>(in), {});
    }
    for (const auto& [before, after] : of) {
        const auto at = text.find(before);
        ASSERT_NE(at, std::string::npos) << before;
        text.replace(at, before.size(), after);
    }
    std::ofstream(file) << text << more;
}

TEST(Names, RenamedAccountsAndCallersForgetNothing) {
    world w;
    const auto first = json_of(w.post("derived", derived));
    ASSERT_EQ(first.at("state").as_string(), "succeeded");
    ASSERT_EQ(w.post("five", ticket_body("1753340805138544700", 5)).status, 200U);
    EXPECT_EQ(w.stop_gateway(), 0);
    edit_configuration(
        w,
        {{"name: shop-a", "name: store"}, {"name: fliggy", "name: travel"}},
        caller_pos + "    formerly: [anonymous]\n    accounts: [store, travel]\n"
    );
    w.start_gateway();

    const auto again = w.post("derived", derived, as_pos);
    EXPECT_EQ(again.status, 200U) << again.body;
    EXPECT_EQ(again.header("idempotent-replayed"), "true");
    EXPECT_EQ(json_of(again).at("id"), first.at("id"));
    const auto lower = w.post("three", ticket_body("1753340805138544700", 3), as_pos);
    EXPECT_EQ(lower.status, 409U) << lower.body;
    EXPECT_NE(lower.body.find("total-would-fall"), std::string::npos) << lower.body;
    EXPECT_EQ(w.executed_in_all(), 2);

    const std::string id(first.at("id").as_string());
    const auto seen = w.get("/v1/redemptions/" + id, as_pos);
    EXPECT_EQ(seen.status, 200U) << seen.body;
    EXPECT_EQ(json_of(seen).at("account").as_string(), "store");
    const auto listed = json_of(w.get("/v1/redemptions?account=store", as_pos));
    EXPECT_EQ(listed.at("redemptions").as_array().size(), 1U);
    EXPECT_EQ(json_of(w.get("/v1/redemptions", as_pos)).at("redemptions").as_array().size(), 2U);

    EXPECT_EQ(w.stop_gateway(), 0);
    for (const char* end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(w.folder / ("journal.db" + std::string(end)));
    }
    w.start_gateway();
    const auto repeated = w.post("derived", derived, as_pos);
    EXPECT_EQ(repeated.status, 200U) << repeated.body;
    EXPECT_EQ(w.executed_in_all(), 2) << "a gateway without its memory repeats the same number";
}

TEST(Names, ThatAreNotConfiguredAreSaidWithNumbersAndWhatIsPendingIsCounted) {
    world w;
    ASSERT_EQ(w.post("done", voucher_body("named1")).status, 200U);
    w.fault(R"({"fault":"reset-after-reading"})");
    const auto waits = w.post("waits", voucher_body("named2"), {{"Prefer", "respond-async"}});
    ASSERT_EQ(waits.status, 202U) << waits.body;
    w.kill_gateway();
    edit_configuration(
        w,
        {{"name: shop-a", "name: other"},
         {"app_id: \"2021000000000001\"", "app_id: \"2021000000000002\""}},
        caller_pos
    );
    const std::string of_account =
        "the journal holds 2 redemptions (1 of them pending or unknown) of the account shop-a, which "
        "is not configured";
    const std::string of_caller =
        "the journal holds 2 redemptions (1 of them pending or unknown) of the caller anonymous, "
        "which is not configured";
    const auto [checked, status] = w.run_gateway("gateway.yaml", {"--check-config"});
    EXPECT_EQ(status, 0) << checked;
    EXPECT_NE(checked.find("warning: " + of_account), std::string::npos) << checked;
    EXPECT_NE(checked.find("warning: " + of_caller), std::string::npos) << checked;

    w.start_gateway();
    ASSERT_TRUE(w.gateway->wait_for("picked_up"));
    const auto log = w.gateway->output();
    EXPECT_NE(log.find(of_account), std::string::npos) << log;
    EXPECT_NE(log.find(of_caller), std::string::npos) << log;
    EXPECT_NE(log.find("account_not_configured"), std::string::npos) << log;
    EXPECT_TRUE(w.gateway->wait_for("picked_up\"?[^\n]*pending\"?[=:] ?1"));
    EXPECT_EQ(w.metric("redemption_gateway_redemptions_orphaned{account=\"shop-a\"}"), "1");
    const auto accounts = json_of(w.get("/v1/accounts", as_pos)).at("accounts").as_array();
    ASSERT_EQ(accounts.size(), 3U);
    for (const auto& one : accounts) {
        const bool gone = one.at("name").as_string() == "shop-a";
        EXPECT_EQ(one.at("configured").as_bool(), !gone);
    }
}

}  // namespace
}  // namespace gateway::flow
