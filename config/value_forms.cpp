#include "config/value_forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <sstream>

#include "config/gateway_url.hpp"

#include "text/hex.hpp"

namespace gateway::config {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first, so that a value is shown in the largest unit that is exact.
constexpr std::array<unit, 5> time_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}
};
constexpr std::array<unit, 4> size_units{{{"GiB", 1024 * mib}, {"MiB", mib}, {"KiB", kib}, {"B", 1}}
};

std::optional<std::uint64_t> parse_whole(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

// A whole number and one of the units, nothing between them.
template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(
    std::string_view text, const std::array<unit, N>& units
) {
    const std::size_t split = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_whole(text.substr(0, split));
    const std::string_view name = text.substr(split);
    const auto found = std::find_if(units.begin(), units.end(), [name](const unit& candidate) {
        return candidate.name == name;
    });
    if (!number || found == units.end() ||
        *number > std::numeric_limits<std::uint64_t>::max() / found->factor) {
        return std::nullopt;
    }
    return *number * found->factor;
}

template <std::size_t N>
std::string show_with_unit(std::uint64_t value, const std::array<unit, N>& units) {
    for (const unit& candidate : units) {
        if (value >= candidate.factor && value % candidate.factor == 0) {
            return std::to_string(value / candidate.factor) + std::string(candidate.name);
        }
    }
    return "0" + std::string(units.back().name);
}

std::string show_number(double value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

// Of the examples, those that are values of the form, as in " such as 2h or 90d".
template <class T>
std::string such_as(const value_form<T>& form, const std::vector<std::string>& examples) {
    std::vector<std::string> fitting;
    std::copy_if(
        examples.begin(),
        examples.end(),
        std::back_inserter(fitting),
        [&form](const std::string& one) { return form.parse(one).has_value(); }
    );
    return fitting.empty() ? std::string() : " such as " + either(fitting);
}

template <class Duration>
std::string show_duration(Duration value) {
    const auto count = std::chrono::duration_cast<milliseconds>(value).count();
    return show_with_unit(static_cast<std::uint64_t>(count), time_units);
}

// `whole` describes the unit of Duration, if it is coarser than a millisecond.
template <class Duration>
value_form<Duration> duration_form(Duration least, Duration most, std::string_view whole) {
    value_form<Duration> form;
    form.parse = [least, most](std::string_view text) -> std::optional<Duration> {
        const auto found = parse_with_unit(text, time_units);
        constexpr auto step = static_cast<std::uint64_t>(milliseconds(Duration(1)).count());
        const auto limit = static_cast<std::uint64_t>(milliseconds(most).count());
        if (!found || *found > limit || *found % step != 0) {
            return std::nullopt;
        }
        const Duration value(static_cast<typename Duration::rep>(*found / step));
        if (value < least) {
            return std::nullopt;
        }
        return value;
    };
    form.expected = "a duration" + std::string(whole) +
                    such_as(form, {"500ms", "10s", "5m", "2h", "90d"}) + " (" +
                    show_duration(least) + " to " + show_duration(most) + ")";
    form.show = [](const Duration& value) {
        return show_duration(value);
    };
    return form;
}

std::string as_is(const std::string& value) {
    return value;
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char to_lower(char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// A text of `least` to `most` characters that are all `allowed`.
template <class Allowed>
value_form<std::string> text_form(
    std::string expected, std::size_t least, std::size_t most, Allowed allowed
) {
    value_form<std::string> form;
    form.expected = std::move(expected);
    form.parse = [least, most, allowed](std::string_view text) -> std::optional<std::string> {
        const bool fits = text.size() >= least && text.size() <= most;
        if (!fits || !std::all_of(text.begin(), text.end(), allowed)) {
            return std::nullopt;
        }
        return std::string(text);
    };
    form.show = as_is;
    return form;
}

}  // namespace

value_form<std::uint16_t> port_number() {
    value_form<std::uint16_t> form;
    form.expected = "a port (0-65535)";
    form.parse = [](std::string_view text) -> std::optional<std::uint16_t> {
        const auto value = parse_whole(text);
        if (!value || *value > std::numeric_limits<std::uint16_t>::max()) {
            return std::nullopt;
        }
        return static_cast<std::uint16_t>(*value);
    };
    form.show = [](const std::uint16_t& value) {
        return std::to_string(value);
    };
    return form;
}

value_form<std::size_t> whole_number(std::size_t least, std::size_t most) {
    value_form<std::size_t> form;
    form.expected = "a whole number (" + std::to_string(least) + "-" + std::to_string(most) + ")";
    form.parse = [least, most](std::string_view text) -> std::optional<std::size_t> {
        const auto value = parse_whole(text);
        if (!value || *value < least || *value > most) {
            return std::nullopt;
        }
        return *value;
    };
    form.show = [](const std::size_t& value) {
        return std::to_string(value);
    };
    return form;
}

value_form<double> decimal_number(double least, double most) {
    value_form<double> form;
    form.expected = "a number (" + show_number(least) + "-" + show_number(most) + ")";
    form.parse = [least, most](std::string_view text) -> std::optional<double> {
        double value = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, error] =
            std::from_chars(text.data(), end, value, std::chars_format::fixed);
        const bool inside = value >= least && value <= most;  // false for "nan", too
        if (error != std::errc{} || stop != end || !inside) {
            return std::nullopt;
        }
        return value;
    };
    form.show = [](const double& value) {
        return show_number(value);
    };
    return form;
}

value_form<std::size_t> byte_size(std::size_t least, std::size_t most) {
    value_form<std::size_t> form;
    form.parse = [least, most](std::string_view text) -> std::optional<std::size_t> {
        auto value = parse_whole(text);
        if (!value) {
            value = parse_with_unit(text, size_units);
        }
        if (!value || *value < least || *value > most) {
            return std::nullopt;
        }
        return *value;
    };
    const auto examples = such_as(form, {"256KiB", "1MiB", "1GiB"});
    form.expected = "a size in bytes" + (examples.empty() ? "" : " or" + examples) + " (" +
                    show_with_unit(least, size_units) + " to " + show_with_unit(most, size_units) +
                    ")";
    form.show = [](const std::size_t& value) {
        return show_with_unit(value, size_units);
    };
    return form;
}

value_form<milliseconds> duration(milliseconds least, milliseconds most) {
    return duration_form(least, most, "");
}

value_form<seconds> duration_of_seconds(seconds least, seconds most) {
    return duration_form(least, most, " of whole seconds");
}

value_form<std::chrono::hours> duration_of_hours(
    std::chrono::hours least, std::chrono::hours most
) {
    return duration_form(least, most, " of whole hours");
}

value_form<std::string> short_name() {
    return text_form("a name of 1-64 letters, digits, '.', '_' or '-'", 1, 64, [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    });
}

value_form<std::string> identifier(std::string what) {
    return text_form(std::move(what) + " (1-128 characters without spaces)", 1, 128, [](char c) {
        return c > ' ' && c <= '~';
    });
}

value_form<std::string> ip_address() {
    value_form<std::string> form;
    form.expected = "an IPv4 or IPv6 address";
    form.parse = [](std::string_view text) -> std::optional<std::string> {
        if (!is_ip_address(text)) {
            return std::nullopt;
        }
        return std::string(text);
    };
    form.show = as_is;
    return form;
}

value_form<std::string> sha256_hex() {
    value_form<std::string> form;
    form.expected = "the SHA-256 of the token as 64 hex digits";
    form.parse = [](std::string_view text) -> std::optional<std::string> {
        const auto digest = text.size() == 64 ? text::from_hex(text) : std::nullopt;
        return digest ? std::optional(text::to_hex(*digest)) : std::nullopt;
    };
    form.show = as_is;
    form.shown_in_faults = false;
    return form;
}

value_form<gateway_url> platform_url() {
    value_form<gateway_url> form;
    form.expected = "an https (or http) URL with a host, without user name and fragment";
    form.parse = [](std::string_view text) {
        return parse_gateway_url(text);
    };
    form.show = [](const gateway_url& value) {
        return value.text;
    };
    return form;
}

value_form<proxy_settings> proxy_url() {
    value_form<proxy_settings> form;
    form.expected = "http://HOST:PORT without credentials, which go into proxy.credentials_file";
    form.parse = [](std::string_view text) {
        return parse_proxy_url(text);
    };
    form.show = [](const proxy_settings&) {
        return std::string();
    };
    return form;
}

std::optional<std::size_t> find_word(const std::vector<std::string>& words, std::string_view text) {
    const auto found = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
        return std::equal(word.begin(), word.end(), text.begin(), text.end(), [](char a, char b) {
            return to_lower(a) == to_lower(b);
        });
    });
    if (found == words.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - words.begin());
}

std::string either(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) {
            text += i + 1 == words.size() ? " or " : ", ";
        }
        text += words[i];
    }
    return text;
}

bool surely_a_path(std::string_view written, std::string_view text) {
    const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    const auto variable = written.find("${");
    const bool from_environment = variable != std::string_view::npos;
    const bool in_a_folder = written.substr(0, variable).find('/') != std::string_view::npos ||
                             written.find("}/") != std::string_view::npos;
    const bool like_a_path =
        text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
    return printable && (!from_environment || in_a_folder || like_a_path);
}

}  // namespace gateway::config
