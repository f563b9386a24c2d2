#include "text/timestamp.hpp"

#include <gtest/gtest.h>

namespace gateway::text {
namespace {

using std::chrono::milliseconds;

TEST(Timestamp, IsRfc3339WithMilliseconds) {
    EXPECT_EQ(
        text::to_rfc3339(wall_time(milliseconds(1'767'323'045'678))), "2026-01-02T03:04:05.678Z"
    );
    EXPECT_EQ(text::to_rfc3339(wall_time(milliseconds(0))), "1970-01-01T00:00:00.000Z");
}

TEST(Timestamp, ReadsAnyOffsetAndFraction) {
    const wall_time expected(milliseconds(1'767'323'045'600));
    for (const char* text :
         {"2026-01-02T03:04:05.6Z",
          "2026-01-02t03:04:05.600999z",
          "2026-01-02T11:04:05.6+08:00",
          "2026-01-01T22:34:05.6-04:30"}) {
        EXPECT_EQ(text::from_rfc3339(text), expected) << text;
    }
}

TEST(Timestamp, RefusesWhatIsNoTime) {
    for (const char* text :
         {"",
          "2026-01-02",
          "2026-01-02T03:04:05",
          "2026-01-02 03:04:05Z",
          "2026-02-30T00:00:00Z",
          "2026-01-02T24:00:00Z",
          "2026-01-02T03:60:05Z",
          "2026-01-02T03:04:60Z",
          "2026-01-02T03:04:05.Z",
          "2026-01-02T03:04:05Zx",
          "2026-01-02T03:04:05+0800",
          "2026-01-02T03:04:05+24:00",
          "1969-12-31T23:59:59Z",
          "20260102T030405Z",
          "2026-01-02T03:04:05,5Z",
          "2026-1-02T03:04:05Z"}) {
        EXPECT_EQ(text::from_rfc3339(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace gateway::text
