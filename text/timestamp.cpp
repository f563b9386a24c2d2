#include "text/timestamp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace gateway::text {
namespace {

using namespace std::chrono;

// Parses a text from its front; after the first mismatch it is not ok().
class cursor {
public:
    explicit cursor(std::string_view text) : rest_(text) {}

    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return rest_.empty(); }
    char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }

    int digits(std::size_t count) {
        const auto part = rest_.substr(0, count);
        if (part.size() != count || !std::all_of(part.begin(), part.end(), is_digit)) {
            ok_ = false;
            return 0;
        }
        int value = 0;
        std::from_chars(part.data(), part.data() + part.size(), value);
        rest_.remove_prefix(count);
        return value;
    }
    char one_of(std::string_view allowed) {
        if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
            ok_ = false;
            return '\0';
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    std::string_view digit_run() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        const auto run = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        ok_ = ok_ && !run.empty();
        rest_.remove_prefix(run.size());
        return run;
    }

private:
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    bool ok_ = true;
};

milliseconds fraction(cursor& in) {
    if (in.peek() != '.') {
        return milliseconds(0);
    }
    in.one_of(".");
    std::string thousandths(in.digit_run().substr(0, 3));
    thousandths.resize(3, '0');
    int value = 0;
    std::from_chars(thousandths.data(), thousandths.data() + 3, value);
    return milliseconds(value);
}

// The offset from UTC.
minutes offset(cursor& in) {
    const char sign = in.one_of("Zz+-");
    if (sign != '+' && sign != '-') {
        return minutes(0);
    }
    const int hour = in.digits(2);
    in.one_of(":");
    const int minute = in.digits(2);
    const auto size = minutes(hour * 60 + minute);
    return hour < 24 && minute < 60 ? (sign == '+' ? size : -size) : minutes::max();
}

}  // namespace

std::string to_rfc3339(wall_time at) {
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{floor<milliseconds>(at - day)};
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::optional<wall_time> from_rfc3339(std::string_view text) {
    cursor in(text);
    const int year_number = in.digits(4);
    in.one_of("-");
    const int month_number = in.digits(2);
    in.one_of("-");
    const int day_number = in.digits(2);
    in.one_of("Tt");
    const int hour = in.digits(2);
    in.one_of(":");
    const int minute = in.digits(2);
    in.one_of(":");
    const int second = in.digits(2);
    const auto part = fraction(in);
    const auto from_utc = offset(in);
    const year_month_day date{
        year(year_number),
        month(static_cast<unsigned>(month_number)),
        std::chrono::day(static_cast<unsigned>(day_number))
    };
    if (!in.ok() || !in.at_end() || !date.ok() || year_number < 1970 || hour > 23 || minute > 59 ||
        second > 59 || from_utc == minutes::max()) {
        return std::nullopt;
    }
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + part - from_utc;
}

}  // namespace gateway::text
