#include <gtest/gtest.h>

#include "tests/redemption/core_world.hpp"

// Which body a key belongs to, while another body asks under it.

namespace gateway::redemption::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* own = R"({"a":1})";
constexpr const char* other = R"({"a":2})";

// A redemption that has ended under the key "k", and a wish with another body under the same key
// that the journal does not answer.
struct contested_key : core_world {
    contested_key() {
        ended = record_of(submit(wish("k", true, own)));
        journal.hangs = true;
        start(core->submit(wish("k", true, other), waiting(seconds(5))), others_answer);
        start(core->submit(wish("k", true, own), waiting(seconds(5))), own_answer);
        run_for(milliseconds(100));
    }

    record ended;
    std::optional<submit_outcome> others_answer;
    std::optional<submit_outcome> own_answer;
};

TEST(EngineKey, IsNoOtherBodysBeforeTheJournalHasAcceptedThat) {
    contested_key world;
    EXPECT_FALSE(world.own_answer);
    world.journal.hangs = false;
    world.run_for(seconds(1));
    ASSERT_TRUE(world.others_answer && world.own_answer);
    ASSERT_TRUE(std::holds_alternative<key_reused>(*world.others_answer));
    EXPECT_EQ(std::get<key_reused>(*world.others_answer).by, world.ended.id);
    EXPECT_EQ(record_of(*world.own_answer).id, world.ended.id);
    EXPECT_EQ(record_of(*world.own_answer).state, state::succeeded);
}

// Reading goes on: what the journal knows already is told in time, to both.
TEST(EngineKey, IsLookedUpWhileWritingHangs) {
    contested_key world;
    world.journal.writes_hang = true;
    world.journal.hangs = false;
    world.run_for(milliseconds(1'500));
    ASSERT_TRUE(world.others_answer && world.own_answer);
    EXPECT_TRUE(std::holds_alternative<key_reused>(*world.others_answer));
    EXPECT_EQ(record_of(*world.own_answer).id, world.ended.id);
    EXPECT_TRUE(std::get<redemption_snapshot>(*world.own_answer).replayed);
    world.journal.writes_hang = false;
    world.run_for(seconds(1));
}

TEST(EngineKey, IsUndecidedAsLongAsTheJournalHangs) {
    contested_key world;
    world.run_for(seconds(2));
    ASSERT_TRUE(world.own_answer);
    const auto* const why = std::get_if<unavailable>(&*world.own_answer);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->reason, unavailable::why::journal);
    world.journal.hangs = false;
    world.run_for(seconds(1));
}

}  // namespace
}  // namespace gateway::redemption::testing
