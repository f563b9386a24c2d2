#include "platform_clients/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gateway::platform_clients {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds noon_1994{seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(HttpDate, IsReadInItsThreeForms) {
    for (const auto* const text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        EXPECT_EQ(read_http_date(text), noon_1994) << text;
    }
    EXPECT_EQ(
        read_http_date("Wednesday, 01-May-24 00:30:00 GMT"),
        read_http_date("Wed, 01 May 2024 00:30:00 GMT")
    );
    for (const auto* const text :
         {"",
          "30",
          "soon",
          "Sun, 06 Nov 1994",
          "Sun, 06 Foo 1994 08:49:37 GMT",
          "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 25:00:00 GMT",
          "Sun, 06 Nov 19944 08:49:37 GMT",
          "2024-05-01T00:30:00Z"}) {
        EXPECT_FALSE(read_http_date(text)) << text;
    }
}

TEST(RetryAfter, IsReadAsSecondsOrAsADateAgainstTheAnswersOwn) {
    const struct {
        const char* name;
        unsigned status;
        net::header_list headers;
        std::int64_t seconds;
    } rows[] = {
        {"seconds", 429, {{"Retry-After", "30"}}, 30},
        {"white space", 503, {{"Retry-After", " 30 "}}, 30},
        {"a date, by our clock", 503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}, 30},
        {"a date, by theirs",
         503,
         {{"Retry-After", "Sun, 06 Nov 1994 10:00:30 GMT"},
          {"Date", "Sun, 06 Nov 1994 10:00:00 GMT"}},
         30},
        {"a past date", 503, {{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}, 0},
        {"none", 503, {}, 0},
        {"not a number", 503, {{"Retry-After", "soon"}}, 0},
        {"below zero", 503, {{"Retry-After", "-5"}}, 0},
        {"no time", 503, {{"Retry-After", "0"}}, 0},
        {"absurd", 503, {{"Retry-After", "99999999999999"}}, 365LL * 24 * 3600},
        {"an answer that may be the platform's", 200, {{"Retry-After", "30"}}, 0},
    };
    for (const auto& row : rows) {
        net::http_response response;
        response.status = row.status;
        response.headers = row.headers;
        const auto length = asked_to_stay_away(response, noon_1994);
        EXPECT_EQ(length.value_or(seconds(0)), seconds(row.seconds)) << row.name;
        EXPECT_EQ(length.has_value(), row.seconds > 0) << row.name;
    }
}

}  // namespace
}  // namespace gateway::platform_clients
