// Which confirmed writes are kept for a failover, and for how long.
#include <gmock/gmock.h>

#include "journal/postgres/confirmed_tail.hpp"
#include "tests/journal/sample_records.hpp"

namespace gateway::journal::testing {
namespace {

using namespace gateway::journal::postgres;
using namespace gateway::redemption;
using std::chrono::seconds;
using ::testing::ElementsAre;

const base::steady_time start{std::chrono::hours(1)};

job accepted_job(int n, bool started = false) {
    accept_job made{wish(n), started_attempt(1, 1000)};
    made.answer.set(accept_outcome(accepted{.order_aliases = {}, .started = started}));
    return made;
}

job settled_job(int n, state to, settle_outcome answer = settled()) {
    settlement what = settlement_to(wish(n).id, to, 5000);
    what.ended = ended_attempt(1, 1000);
    settle_job made{std::move(what)};
    made.answer.set(std::move(answer));
    return made;
}

TEST(ConfirmedTail, ExpectsWhatWasConfirmed) {
    confirmed_tail tail;
    tail.note(accepted_job(1, true), start);
    EXPECT_EQ(tail.expected(wish(1).id).started, 1);
    EXPECT_FALSE(tail.expected(wish(1).id).ended);
    tail.note(settled_job(1, state::succeeded), start);
    EXPECT_EQ(tail.expected(wish(1).id).ended, R"([{"number":1,"verdict":"executed"}])");
    EXPECT_TRUE(tail.expected(wish(1).id).changed_at);
    EXPECT_EQ(tail.steps(wish(1).id).size(), 2U);
}

TEST(ConfirmedTail, KeepsNothingThatWasRefused) {
    confirmed_tail tail;
    accept_job refused{wish(1), std::nullopt};
    refused.answer.set(accept_outcome(key_taken{wish(2)}));
    tail.note(job(std::move(refused)), start);
    accept_job failed{wish(1), std::nullopt};
    failed.answer.fail({base::fixed_text("no")});
    tail.note(job(std::move(failed)), start);
    EXPECT_TRUE(tail.empty());
}

TEST(ConfirmedTail, ForgetsWhatIsOverAfterAMinuteAndKeepsWhatIsOpen) {
    confirmed_tail tail;
    tail.note(accepted_job(1), start);
    tail.note(accepted_job(2), start);
    tail.note(settled_job(1, state::succeeded), start);
    tail.note(accepted_job(3), start + seconds(60));
    EXPECT_EQ(tail.size(), 3U);
    tail.note(accepted_job(4), start + seconds(61));
    EXPECT_THAT(tail.ids(), ElementsAre(wish(2).id, wish(3).id, wish(4).id));
}

TEST(ConfirmedTail, ForgetsWhatIsOverFirstWhenItIsFull) {
    confirmed_tail probe;
    probe.note(accepted_job(1), start);
    confirmed_tail tail(probe.bytes() * 3 + 100);
    tail.note(accepted_job(1), start);
    tail.note(accepted_job(2), start);
    tail.note(settled_job(2, state::rejected), start);
    tail.note(accepted_job(3), start);
    EXPECT_THAT(tail.ids(), ElementsAre(wish(1).id, wish(3).id));
    tail.note(accepted_job(4), start);
    tail.note(accepted_job(5), start);
    EXPECT_THAT(tail.ids(), ElementsAre(wish(3).id, wish(4).id, wish(5).id));
    EXPECT_LE(tail.bytes(), probe.bytes() * 4);
}

TEST(ConfirmedTail, ForgetsWhatIsOthers) {
    confirmed_tail tail;
    tail.note(accepted_job(1), start);
    tail.note(accepted_job(2), start);
    tail.note(accepted_job(3), start);
    tail.note(settled_job(3, state::unknown), start);
    tail.note(settled_job(1, state::succeeded, not_ours()), start);
    EXPECT_THAT(tail.ids(), ElementsAre(wish(2).id, wish(3).id));
    tail.forget_open();
    EXPECT_THAT(tail.ids(), ElementsAre(wish(3).id));
    tail.took({wish(4)});
    tail.gave_back({wish(4).id});
    EXPECT_THAT(tail.ids(), ElementsAre(wish(3).id));
}

}  // namespace
}  // namespace gateway::journal::testing
