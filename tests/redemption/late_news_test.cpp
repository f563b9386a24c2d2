#include "redemption/late_news.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

attempt ended(std::uint32_t number, verdict as, const char* detail) {
    attempt one;
    one.number = number;
    one.finished_at = time_point(std::chrono::seconds(number));
    one.verdict = as;
    one.detail = base::redacted_text::trusted(detail);
    return one;
}

record unknown_after(std::vector<attempt> attempts) {
    record what;
    what.state = state::unknown;
    what.updated_at = time_point(std::chrono::seconds(9));
    what.attempts = std::move(attempts);
    what.error.emplace().detail = "an earlier attempt may have been executed";
    return what;
}

settlement told(attempt end, state as) {
    settlement late;
    late.state = as;
    late.ended = std::move(end);
    late.at = time_point(std::chrono::seconds(5));
    late.ban = std::chrono::seconds(1);
    late.error.emplace().source = error_source::platform;
    return late;
}

const auto doubt = [](std::uint32_t number) {
    return ended(number, verdict::ambiguous, "taken over");
};

TEST(LateNews, ExecutedEndsAnUnknownOneWhicheverAttemptItWas) {
    auto late = told(ended(1, verdict::executed, "done"), state::succeeded);
    late.result = "{}";
    const auto news =
        learn_late(unknown_after({doubt(1), ended(2, verdict::refused, "used")}), late);
    ASSERT_TRUE(news.end);
    EXPECT_EQ(news.end->state, state::succeeded);
    EXPECT_EQ(news.end->result, "{}");
    EXPECT_FALSE(news.end->ended) << "it is in `attempts`";
    EXPECT_FALSE(news.end->ban);
    EXPECT_EQ(news.end->at, time_point(std::chrono::seconds(9))) << "not before the last change";
    ASSERT_TRUE(news.attempts);
    EXPECT_EQ(news.attempts->front().verdict, verdict::executed);
}

TEST(LateNews, ProvenNotExecutedEndsAsTheLastAttemptDid) {
    const auto late = told(ended(1, verdict::not_executed, "busy"), state::pending);
    const auto refused =
        learn_late(unknown_after({doubt(1), ended(2, verdict::refused, "used up")}), late);
    ASSERT_TRUE(refused.end);
    EXPECT_EQ(refused.end->state, state::rejected);
    EXPECT_EQ(refused.end->error->detail.view(), "used up");
    const auto only = learn_late(unknown_after({doubt(1)}), late);
    ASSERT_TRUE(only.end);
    EXPECT_EQ(only.end->state, state::failed) << "nobody sends it again by itself";
    EXPECT_EQ(only.end->error->detail.view(), "busy");
    EXPECT_EQ(only.end->error->source, error_source::platform);
}

TEST(LateNews, ExecutedContradictsAResolutionAndKeepsItsState) {
    const auto late = told(ended(1, verdict::executed, "done"), state::succeeded);
    auto failed = unknown_after({doubt(1)});
    failed.state = state::failed;
    const auto news = learn_late(failed, late);
    EXPECT_TRUE(news.contradicts);
    EXPECT_FALSE(news.end);
    ASSERT_TRUE(news.attempts) << "the platform's words are kept";
    EXPECT_EQ(news.attempts->front().verdict, verdict::executed);
    failed.state = state::pending;  // it was started over since
    failed.history.push_back(
        {.at = time_point(std::chrono::seconds(1)),
         .who = "ann",
         .action = "resolve",
         .note = "",
         .from = state::unknown,
         .to = state::failed}
    );
    const auto over = learn_late(failed, late);
    EXPECT_TRUE(over.contradicts);
    EXPECT_TRUE(over.attempts);
    failed.state = state::succeeded;
    failed.history.clear();
    EXPECT_FALSE(learn_late(failed, late).contradicts);
    const auto refused = told(ended(1, verdict::refused, "no"), state::rejected);
    failed.state = state::failed;
    EXPECT_FALSE(learn_late(failed, refused).contradicts);
}

// A process whose start was never written has it in mind, and another began its own.
TEST(LateNews, OfAnAttemptThatAnotherProcessBeganIsNone) {
    auto late = told(ended(1, verdict::not_executed, "not sent"), state::pending);
    late.ended->started_at = time_point(std::chrono::milliseconds(1));
    const auto what = unknown_after({doubt(1)});
    EXPECT_FALSE(learn_late(what, late).attempts);
    attempt begun;
    begun.number = 1;
    auto open = unknown_after({begun});
    open.state = state::pending;
    EXPECT_FALSE(is_under_way(open, *late.ended));
    late.ended->started_at = {};
    EXPECT_TRUE(is_under_way(open, *late.ended));
}

TEST(LateNews, KeepsTheReasonThatHasAName) {
    auto what = unknown_after({doubt(1)});
    what.error->kind = error_kind::total_would_fall;
    what.error->detail = "the total would fall";
    const auto news =
        learn_late(what, told(ended(1, verdict::not_executed, "busy"), state::pending));
    ASSERT_TRUE(news.end);
    EXPECT_EQ(news.end->error->detail.view(), "the total would fall");
}

TEST(LateNews, AnotherDoubtKeepsItUnknown) {
    const auto news = learn_late(
        unknown_after({doubt(1), doubt(2)}),
        told(ended(2, verdict::not_executed, "busy"), state::pending)
    );
    EXPECT_FALSE(news.end);
    ASSERT_TRUE(news.attempts);
    EXPECT_EQ(news.attempts->back().verdict, verdict::not_executed);
}

TEST(LateNews, APendingOneKeepsTheDoubtOfWhatWasExecuted) {
    auto what = unknown_after({doubt(1)});
    what.state = state::pending;
    const auto executed =
        learn_late(what, told(ended(1, verdict::executed, "done"), state::succeeded));
    EXPECT_FALSE(executed.attempts);
    EXPECT_FALSE(executed.end);
    const auto refused = learn_late(what, told(ended(1, verdict::refused, "no"), state::rejected));
    EXPECT_TRUE(refused.attempts);
    EXPECT_FALSE(refused.end);
}

TEST(LateNews, NothingIsLearntOfAnEndThatIsKnown) {
    const auto known = unknown_after({ended(1, verdict::refused, "no"), doubt(2)});
    for (const auto number : {1U, 3U}) {
        const auto news =
            learn_late(known, told(ended(number, verdict::executed, "done"), state::succeeded));
        EXPECT_FALSE(news.attempts || news.end) << number;
    }
    EXPECT_FALSE(learn_late(known, told(doubt(2), state::unknown)).attempts);
}

}  // namespace
}  // namespace gateway::redemption
