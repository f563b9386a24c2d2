#include "platform_clients/china_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace gateway::platform_clients {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::system_clock;
using namespace std::chrono_literals;

system_clock::time_point at(std::chrono::year_month_day day, seconds time) {
    return sys_days(day) + time;
}

// The process's time zone for the length of a test.
class time_zone {
public:
    explicit time_zone(const char* name) {
        if (const char* before = std::getenv("TZ")) {
            before_ = before;
        }
        setenv("TZ", name, 1);
        tzset();
    }
    ~time_zone() {
        if (before_.empty()) {
            unsetenv("TZ");
        } else {
            setenv("TZ", before_.c_str(), 1);
        }
        tzset();
    }
    time_zone(const time_zone&) = delete;
    time_zone& operator=(const time_zone&) = delete;

private:
    std::string before_;
};

TEST(ChinaTime, IsEightHoursAheadOfUtcInEveryZone) {
    for (const char* zone : {"UTC", "America/New_York", "Asia/Shanghai", "UTC-14", "UTC+12"}) {
        SCOPED_TRACE(zone);
        const time_zone here(zone);
        EXPECT_EQ(china_time_text(at(2024y / 5 / 1, 30min)), "2024-05-01 08:30:00");
    }
}

TEST(ChinaTime, CrossesDayMonthAndYear) {
    EXPECT_EQ(china_time_text(at(2024y / 12 / 31, 16h)), "2025-01-01 00:00:00");
    EXPECT_EQ(china_time_text(at(2024y / 12 / 31, 16h - 1s)), "2024-12-31 23:59:59");
    EXPECT_EQ(china_time_text(at(2024y / 2 / 28, 20h)), "2024-02-29 04:00:00");
}

TEST(ChinaTime, KnowsTheEpoch) {
    EXPECT_EQ(china_time_text({}), "1970-01-01 08:00:00");
}

TEST(ChinaTime, CutsPartsOfASecond) {
    EXPECT_EQ(china_time_text(at(2024y / 5 / 1, 5s) + 999ms), "2024-05-01 08:00:05");
}

}  // namespace
}  // namespace gateway::platform_clients
