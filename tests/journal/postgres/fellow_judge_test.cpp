#include "journal/postgres/fellow_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Which fellows are gone, by what this process has seen of them itself (docs/journal-postgres.md,
// Leases).

namespace gateway::journal::postgres {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto lease = 6s;

struct looks {
    fellow_judge judge{lease, 2s};
    std::chrono::nanoseconds now = 100s;

    // Looks once a second, the last time after `span`; the fellow renews each time when it lives.
    fellow_judge::judgement watch(std::chrono::seconds span, std::int64_t& renewals, bool alive) {
        fellow_judge::judgement last;
        for (auto i = 0s; i <= span; ++i) {
            renewals += alive ? 1 : 0;
            last = judge.look({{7, renewals}}, now);
            now += i < span ? 1s : 0s;
        }
        return last;
    }
};

TEST(FellowJudge, KeepsOneThatRenews) {
    looks of;
    std::int64_t renewals = 0;
    EXPECT_THAT(of.watch(60s, renewals, true).gone, IsEmpty());
}

TEST(FellowJudge, EndsOneThatStandsStillForALease) {
    looks of;
    std::int64_t renewals = 5;
    EXPECT_THAT(of.watch(5s, renewals, false).gone, IsEmpty());
    EXPECT_THAT(of.watch(1s, renewals, false).gone, ElementsAre(sighting{7, 5}));
}

TEST(FellowJudge, BeginsAnewWithEachRenewal) {
    looks of;
    std::int64_t renewals = 5;
    of.watch(5s, renewals, false);
    of.now += 500ms;
    of.judge.look({{7, 6}}, of.now);
    renewals = 6;
    of.now += 500ms;
    EXPECT_THAT(of.watch(5s, renewals, false).gone, IsEmpty());
}

// After an outage of the database, or a stop of this process, everybody gets a whole lease.
TEST(FellowJudge, BeginsAnewAfterAGapInItsOwnLooking) {
    looks of;
    std::int64_t renewals = 5;
    of.watch(5s, renewals, false);
    of.now += 3s;
    EXPECT_THAT(of.watch(5s, renewals, false).gone, IsEmpty());
    EXPECT_THAT(of.watch(1s, renewals, false).gone, ElementsAre(sighting{7, 5}));
}

TEST(FellowJudge, CallsOneHangingThatIsStillThereALeaseLater) {
    looks of;
    std::int64_t renewals = 5;
    EXPECT_THAT(of.watch(11s, renewals, false).hanging, IsEmpty());
    EXPECT_THAT(of.watch(1s, renewals, false).hanging, ElementsAre(sighting{7, 5}));
}

TEST(FellowJudge, ForgetsOneThatIsNotThere) {
    looks of;
    std::int64_t renewals = 5;
    of.watch(5s, renewals, false);
    of.now += 1s;
    of.judge.look({}, of.now);
    of.now += 1s;
    EXPECT_THAT(of.watch(5s, renewals, false).gone, IsEmpty());
}

TEST(FellowJudge, JudgesEachByItsOwnTime) {
    fellow_judge judge(lease, 2s);
    for (auto i = 0s; i < 6s; ++i) {
        EXPECT_THAT(judge.look({{1, 1}, {2, i.count()}}, i).gone, IsEmpty());
    }
    EXPECT_THAT(judge.look({{1, 1}, {2, 6}}, 6s).gone, ElementsAre(sighting{1, 1}));
}

}  // namespace
}  // namespace gateway::journal::postgres
