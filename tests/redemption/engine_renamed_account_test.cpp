// docs/redemption-rules.md, Identities: redemptions under a name that their account no longer has.
#include <gtest/gtest.h>

#include "core_world.hpp"
#include "redemption/engine/engine.hpp"

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using testing::core_world;
using testing::scripted_account;

const caller_name pos("pos");

// Rows under an earlier name of the account: of its app, and of the one that it had before.
struct EngineRenamed : ::testing::Test {
    EngineRenamed() {
        put("own", "shop", "taobao:shop");
        put("of the app before", "shop", "taobao:before");
        put("new", "store", "taobao:shop");
        put("other", "kiosk", "taobao:kiosk");
        world.account.rename("store");
        world.others = {&kiosk};
        world.restart_and_pick_up();
    }
    void put(const char* key, const char* account, const char* identity) {
        auto what = testing::left_behind(world, world.wish(key), account, state::succeeded);
        what.identity = platform_identity(identity);
        ids[key] = what.id;
        world.journal.rows[what.id] = what;
    }
    using keys = std::vector<std::string>;  // each with the account that it is shown with
    keys listed(const list_filter& filter) {
        const auto found = world.run(world.core->list(filter));
        keys all;
        for (const auto& one : std::get<std::vector<record>>(found)) {
            all.push_back(one.key.str() + " of " + one.account.str());
        }
        return all;
    }
    bool finds(const char* key, std::optional<std::vector<account_name>> of) {
        const visibility reader{.caller = pos, .accounts = std::move(of)};
        const auto found =
            world.run(world.core->find(ids[key], reader, world.waiting(milliseconds(0))));
        return std::holds_alternative<redemption_snapshot>(found);
    }

    core_world world;
    scripted_account kiosk{world.time, "kiosk"};
    std::map<std::string, redemption_id> ids;
    const account_name store{"store"};
};

TEST_F(EngineRenamed, ShowsReadersOfAnAccountWhatItHadUnderItsEarlierName) {
    list_filter own;
    own.accounts = {store};
    EXPECT_EQ(listed(own), (keys{"new of store", "own of store"}));
    EXPECT_TRUE(finds("own", own.accounts));
    EXPECT_TRUE(finds("new", own.accounts));
    EXPECT_FALSE(finds("of the app before", own.accounts));
    EXPECT_FALSE(finds("other", own.accounts));
    EXPECT_FALSE(finds("own", {{account_name("kiosk")}}));
    EXPECT_FALSE(finds("own", {{account_name("shop")}})) << "its name of now counts";
}

TEST_F(EngineRenamed, ListsByItsNameOfNow) {
    list_filter by_name;
    by_name.account = store;
    EXPECT_EQ(listed(by_name), (keys{"new of store", "own of store"}));
    by_name.accounts = {account_name("kiosk")};
    EXPECT_EQ(listed(by_name), keys());
    EXPECT_EQ(
        listed({}),
        (keys{"other of kiosk", "new of store", "of the app before of shop", "own of store"})
    );
    const auto by_key = world.run(world.core->find_by_key(pos, idempotency_key("own")));
    EXPECT_EQ(std::get<redemption_snapshot>(by_key).record.account, store);
}

// A second account of the app has rows of its own, which belong to it.
TEST_F(EngineRenamed, KeepsConfiguredAccountsOfOneAppApart) {
    scripted_account second(world.time, "second", "shop");
    put("second", "second", "taobao:shop");
    world.others = {&kiosk, &second};
    world.restart_and_pick_up();
    list_filter own;
    own.accounts = {store};
    EXPECT_EQ(listed(own), (keys{"new of store"})) << "the first name of the app has the rest";
    own.accounts = {account_name("second")};
    EXPECT_EQ(listed(own), (keys{"second of second", "own of second"}));
    world.others.clear();
    world.restart();
}

}  // namespace
}  // namespace gateway::redemption
