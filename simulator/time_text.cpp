#include "simulator/time_text.hpp"

#include <cstdio>

namespace simulator {

namespace {

using namespace std::chrono;

constexpr hours platform_offset{8};
// A clock that counts nanoseconds in 64 bits holds these years with a margin.
constexpr int first_year = 1970;
constexpr int last_year = 2200;

bool has_shape(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00 00:00:00";
    if (text.size() != shape.size()) {
        return false;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

int number(std::string_view text, std::size_t from, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(from, count)) {
        value = value * 10 + (c - '0');
    }
    return value;
}

struct calendar_time {
    year_month_day day;
    hh_mm_ss<milliseconds> time;
};

calendar_time split(wall_time when) {
    const auto midnight = floor<days>(when);
    return {year_month_day(midnight), hh_mm_ss(floor<milliseconds>(when - midnight))};
}

std::string print(const calendar_time& at, char between) {
    char buffer[64];
    std::snprintf(
        buffer,
        sizeof buffer,
        "%04d-%02u-%02u%c%02d:%02d:%02d",
        static_cast<int>(at.day.year()),
        static_cast<unsigned>(at.day.month()),
        static_cast<unsigned>(at.day.day()),
        between,
        static_cast<int>(at.time.hours().count()),
        static_cast<int>(at.time.minutes().count()),
        static_cast<int>(at.time.seconds().count())
    );
    return buffer;
}

}  // namespace

std::optional<wall_time> parse_platform_time(std::string_view text) {
    if (!has_shape(text)) {
        return std::nullopt;
    }
    const year_month_day day(
        year(number(text, 0, 4)),
        month(static_cast<unsigned>(number(text, 5, 2))),
        std::chrono::day(static_cast<unsigned>(number(text, 8, 2)))
    );
    const int hour = number(text, 11, 2);
    const int minute = number(text, 14, 2);
    const int second = number(text, 17, 2);
    const int in_year = number(text, 0, 4);
    if (in_year < first_year || in_year > last_year || !day.ok() || hour > 23 || minute > 59 ||
        second > 59) {
        return std::nullopt;
    }
    return sys_days(day) + hours(hour) + minutes(minute) + seconds(second) - platform_offset;
}

std::string platform_time(wall_time when) {
    return print(split(when + platform_offset), ' ');
}

std::string iso_time(wall_time when) {
    const calendar_time at = split(when);
    char fraction[16];
    std::snprintf(
        fraction, sizeof fraction, ".%03dZ", static_cast<int>(at.time.subseconds().count())
    );
    return print(at, 'T') + fraction;
}

}  // namespace simulator
