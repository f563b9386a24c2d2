#include "redemption/rules/journal_time.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr hours day{24};
const base::steady_time start{hours(1000)};
const time_point today{std::chrono::milliseconds(1'767'323'045'000)};

TEST(JournalTime, PassesWithTheSteadyClock) {
    journal_time time(today, today, start);
    EXPECT_EQ(time.at(today, today, start), today);
    EXPECT_EQ(time.at(today + hours(1), today, start + hours(1)), today + hours(1));
}

TEST(JournalTime, IsTheWallClocksWhenTheJournalIsEmpty) {
    journal_time time(std::nullopt, today, start);
    EXPECT_EQ(time.at(today, std::nullopt, start), today);
}

TEST(JournalTime, IsNeverLaterThanTheWallClock) {
    journal_time time(today + 100 * day, today, start);
    EXPECT_EQ(time.at(today, today + 100 * day, start), today) << "a row of a wrong clock";
    EXPECT_EQ(time.at(today - hours(1), today, start), today - hours(1));
}

struct jump_row {
    const char* name;
    hours by;
    std::optional<time_point> expected;
};

class JournalTimeJump : public ::testing::TestWithParam<jump_row> {};

TEST_P(JournalTimeJump, OnlyDelays) {
    journal_time time(today, today, start);
    const auto later = start + minutes(1);
    const auto wall = today + minutes(1) + GetParam().by;
    EXPECT_EQ(time.at(wall, wall, later), GetParam().expected) << "rows of that minute included";
    const auto back = today + minutes(2);
    EXPECT_EQ(time.at(back, wall, start + minutes(2)), back) << "and it is over with the jump";
}

INSTANTIATE_TEST_SUITE_P(
    Of,
    JournalTimeJump,
    ::testing::Values(
        jump_row{"a_hundred_days", 100 * day, std::nullopt},
        jump_row{"two_days", 2 * day, std::nullopt},
        jump_row{"an_hour", hours(1), today + minutes(1)},
        jump_row{"minus_an_hour", -hours(1), today + minutes(1) - hours(1)},
        jump_row{"minus_a_hundred_days", -100 * day, today + minutes(1) - 100 * day}
    ),
    [](const auto& given) { return given.param.name; }
);

TEST(JournalTime, BelievesAClockAfterADayThatTheJournalConfirms) {
    // The gateway was stopped for a month.
    const auto now = today + 30 * day;
    journal_time time(today, now, start);
    EXPECT_EQ(time.at(now, today, start), std::nullopt);
    EXPECT_EQ(time.at(now + hours(23), now + hours(22), start + hours(23)), std::nullopt);
    EXPECT_EQ(time.at(now + day, today, start + day), std::nullopt) << "without any traffic";
    EXPECT_EQ(time.at(now + day, now + hours(20), start + day), now + hours(20));
    EXPECT_EQ(time.at(now + hours(25), now, start + hours(25)), now + hours(21));
}

TEST(JournalTime, CountsTheDayAnewAfterAClockThatCameBack) {
    journal_time time(today, today, start);
    const auto ahead = 50 * day;
    EXPECT_EQ(time.at(today + ahead, today, start), std::nullopt);
    EXPECT_EQ(time.at(today + hours(20), today, start + hours(20)), today + hours(20));
    EXPECT_EQ(time.at(today + ahead + day, today + ahead + day, start + day), std::nullopt);
}

}  // namespace
}  // namespace gateway::redemption
