#include "platform_clients/china_time.hpp"

#include <array>
#include <cstdio>

namespace gateway::platform_clients {

std::string china_time_text(std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto there = floor<seconds>(now) + hours(8);
    const auto day = floor<days>(there);
    const year_month_day date(day);
    const hh_mm_ss time(there - day);
    std::array<char, 32> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02u %02d:%02d:%02d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

}  // namespace gateway::platform_clients
