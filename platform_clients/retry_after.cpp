#include "platform_clients/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "text/field_syntax.hpp"

namespace gateway::platform_clients {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// The most that is believed; how much of it is obeyed is for the core to say.
constexpr seconds longest_asked = std::chrono::hours(24 * 365);

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = end == text.data() + text.size() && !text.empty() && text.front() != '-';
    return whole && fault == std::errc{} ? std::optional(number) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view separators = " ,-\t";
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos) {
            break;
        }
        const auto end = std::min(text.find_first_of(separators, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
    return words;
}

std::optional<unsigned> month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> names{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const auto at = std::find(names.begin(), names.end(), word);
    return at == names.end() ? std::nullopt
                             : std::optional(static_cast<unsigned>(at - names.begin()) + 1);
}

// "08:49:37"
std::optional<seconds> time_of_day(std::string_view word) {
    if (word.size() != 8 || word[2] != ':' || word[5] != ':') {
        return std::nullopt;
    }
    const auto h = number_in(word.substr(0, 2));
    const auto m = number_in(word.substr(3, 2));
    const auto s = number_in(word.substr(6, 2));
    if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60) {
        return std::nullopt;
    }
    return std::chrono::hours(*h) + std::chrono::minutes(*m) + seconds(*s);
}

// Two digits mean a year of this century: no answer is older than that.
std::optional<std::int64_t> year_of(std::string_view word) {
    const auto year = number_in(word);
    if (!year || (word.size() != 2 && word.size() != 4)) {
        return std::nullopt;
    }
    return word.size() == 2 ? *year + 2000 : *year;
}

}  // namespace

std::optional<sys_seconds> read_http_date(std::string_view text) {
    const auto words = words_of(text);
    if (words.size() < 5) {
        return std::nullopt;
    }
    // "Sun, 06 Nov 1994 08:49:37 GMT" and "Sunday, 06-Nov-94 08:49:37 GMT", or
    // "Sun Nov  6 08:49:37 1994".
    const bool month_first = month_of(words[1]).has_value();
    const auto month = month_of(words[month_first ? 1 : 2]);
    const auto day = number_in(words[month_first ? 2 : 1]);
    const auto year = year_of(words[month_first ? 4 : 3]);
    const auto time = time_of_day(words[month_first ? 3 : 4]);
    if (!month || !day || *day > 31 || !year || !time) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(
        std::chrono::year(static_cast<int>(*year)),
        std::chrono::month(*month),
        std::chrono::day(static_cast<unsigned>(*day))
    );
    return date.ok() ? std::optional(std::chrono::sys_days(date) + *time) : std::nullopt;
}

std::optional<std::chrono::milliseconds> asked_to_stay_away(
    const net::http_response& response, std::chrono::system_clock::time_point now
) {
    const auto header = response.headers.find("Retry-After");
    if (!header || response.status == 200) {
        return std::nullopt;
    }
    const auto text = text::trimmed(*header);
    auto length = seconds(number_in(text).value_or(0));
    if (const auto until = read_http_date(text)) {
        const auto date = response.headers.find("Date");
        const auto theirs = date ? read_http_date(*date) : std::nullopt;
        length = *until - theirs.value_or(std::chrono::floor<seconds>(now));
    }
    if (length <= seconds(0)) {
        return std::nullopt;
    }
    return std::min(length, longest_asked);
}

}  // namespace gateway::platform_clients
