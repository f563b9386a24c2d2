// When the last of a queue gets its token or permit: docs/redemption-rules.md, Admission.
#include "redemption/rules/start_estimate.hpp"

#include <gtest/gtest.h>

namespace gateway::redemption {
namespace {

using std::chrono::milliseconds;
using time = std::chrono::steady_clock::time_point;

constexpr time now{std::chrono::hours(1)};

time at(double seconds) {
    return now + std::chrono::duration_cast<time::duration>(std::chrono::duration<double>(seconds));
}

TEST(StartEstimate, OfTheLastOfAQueue) {
    constexpr replenishing_capacity two_a_second{.ready = 2, .per_second = 2, .most = 2};
    constexpr replenishing_capacity none_ready{.ready = 0, .per_second = 1, .most = 5};
    const struct {
        const char* name;
        replenishing_capacity capacity;
        std::vector<queued_group> ahead;
        double own;
        double starts;
    } rows[] = {
        {"alone, with something ready", two_a_second, {}, 0, 0},
        {"alone, with nothing ready", none_ready, {}, 0, 1},
        {"alone, allowed later than it comes", none_ready, {}, 3, 3},
        {"its moment is past", two_a_second, {}, -5, 0},
        {"what is ready suffices for all", two_a_second, {{at(0), 1}}, 0, 0},
        {"each one before it takes one", two_a_second, {{at(0), 4}}, 0, 1.5},
        {"the moment of the group is later: it is not before", two_a_second, {{at(1), 9}}, 0, 0},
        {"the moment of the group is the same", two_a_second, {{at(1), 2}}, 1, 1.5},
        {"what comes meanwhile is used", two_a_second, {{at(0), 4}}, 1.5, 1.5},
        {"never more than most is ready", none_ready, {{at(60), 5}}, 60, 61},
        {"two groups, whatever their order", none_ready, {{at(4), 3}, {at(0), 2}}, 4, 6},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(start_behind(row.ahead, row.capacity, at(row.own), now), at(row.starts));
    }
}

}  // namespace
}  // namespace gateway::redemption
