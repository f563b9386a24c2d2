#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace gateway::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using span = token_bucket::span;

constexpr token_bucket::time start{seconds(1000)};

int take_all(token_bucket& bucket, token_bucket::time now) {
    int taken = 0;
    while (taken < 1'000 && bucket.take(now) == span(0)) {
        ++taken;
    }
    return taken;
}

TEST(TokenBucket, AccumulatesTheTokensOfOneSecondAndAtLeastOne) {
    const struct {
        double per_second;
        int at_most;
    } rows[] = {{0.1, 1}, {1, 1}, {2.5, 2}, {50, 50}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.per_second);
        token_bucket bucket(row.per_second);
        EXPECT_EQ(take_all(bucket, start), row.at_most) << "it starts full";
        EXPECT_EQ(take_all(bucket, start), 0);
        EXPECT_EQ(take_all(bucket, start + hours(1)), row.at_most);
    }
}

TEST(TokenBucket, ReturnsTheTimeUntilTokensAreAvailable) {
    token_bucket bucket(2);
    take_all(bucket, start);
    EXPECT_EQ(bucket.take(start), span(0.5));
    EXPECT_EQ(bucket.wait_for(1, start), span(0.5));
    EXPECT_EQ(bucket.wait_for(10, start), span(5)) << "more than ever accumulate";
    EXPECT_EQ(bucket.take(start + milliseconds(250)), span(0.25)) << "asking costs nothing";
    EXPECT_EQ(bucket.take(start + milliseconds(500)), span(0));
    EXPECT_EQ(bucket.tokens_at(start + milliseconds(500)), 0);
}

TEST(TokenBucket, TakesBackATokenThatWasNotUsedButNeverOverflows) {
    token_bucket bucket(1);
    EXPECT_EQ(bucket.take(start), span(0));
    bucket.give_back();
    EXPECT_EQ(bucket.take(start), span(0));
    EXPECT_GT(bucket.take(start), span(0));
    bucket.give_back();
    bucket.give_back();
    EXPECT_EQ(bucket.tokens_at(start), 1);
}

}  // namespace
}  // namespace gateway::base
