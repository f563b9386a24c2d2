#include "text/object_reader.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <utility>

#include "text/code_text.hpp"
#include "text/utf8.hpp"

namespace gateway::text {
namespace {

namespace json = boost::json;
using base::fixed_text;

base::redacted_text decimal(std::integral auto value) {
    return base::redacted_text::number(value);
}

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

// A name of the caller's for a pointer: only so much of it that the answer stays small.
std::string shortened(std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.size() <= longest) {
        return std::string(name);
    }
    std::size_t end = 0;
    while (end + utf8_length(name, end) <= longest) {
        end += utf8_length(name, end);
    }
    return std::string(name.substr(0, end)) + "…";
}

bool has_control_character(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

bool is_blank(std::string_view text) noexcept {
    // U+3000, the ideographic space, is what an input method types for a space.
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
        } else if (text.starts_with("\xE3\x80\x80")) {
            text.remove_prefix(3);
        } else {
            return false;
        }
    }
    return true;
}

bool is_letter_or_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<std::int64_t> whole_number(const json::value& value) {
    if (const auto* i = value.if_int64()) {
        return *i;
    }
    if (const auto* u = value.if_uint64()) {
        return std::in_range<std::int64_t>(*u) ? std::optional(static_cast<std::int64_t>(*u))
                                               : std::nullopt;
    }
    if (const auto* d = value.if_double()) {
        // Beyond 2^53 a double no longer tells which integer was meant.
        if (std::abs(*d) < 9007199254740992.0 && std::trunc(*d) == *d) {
            return static_cast<std::int64_t>(*d);
        }
        return std::nullopt;
    }
    const auto* s = value.if_string();
    if (!s || s->empty()) {
        return std::nullopt;
    }
    std::int64_t parsed = 0;
    const char* end = s->data() + s->size();
    const auto [at, error] = std::from_chars(s->data(), end, parsed);
    return error == std::errc{} && at == end ? std::optional(parsed) : std::nullopt;
}

bool is_date_time(std::string_view s) {
    constexpr std::string_view shape = "dddd-dd-dd dd:dd:dd";
    if (s.size() != shape.size()) {
        return false;
    }
    for (std::size_t i = 0; i < s.size(); ++i) {
        const bool digit = s[i] >= '0' && s[i] <= '9';
        if (shape[i] == 'd' ? !digit : s[i] != shape[i]) {
            return false;
        }
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        unsigned n = 0;
        std::from_chars(s.data() + at, s.data() + at + length, n);
        return n;
    };
    const std::chrono::year_month_day date{
        std::chrono::year(static_cast<int>(number(0, 4))),
        std::chrono::month(number(5, 2)),
        std::chrono::day(number(8, 2))
    };
    return date.ok() && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

}  // namespace

std::size_t character_count(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

object_reader::object_reader(
    const json::object& object, std::string pointer, fault_list& faults, code_rule codes
)
    : object_(object), pointer_(std::move(pointer)), faults_(faults), codes_(codes) {}

bool object_reader::has(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    return value && !value->is_null();
}

const json::value* object_reader::member(std::string_view name) {
    known_.push_back(name);
    return has(name) ? object_.if_contains(name) : nullptr;
}

void object_reader::required(std::string_view name) {
    if (!has(name)) {
        fault(name, "is required");
    }
}

std::optional<base::redacted_text> object_reader::fault_of(
    std::string_view text, const text_rule& rule, bool is_code
) const {
    const auto length = character_count(text);
    if (length < rule.min || length > rule.max) {
        return fixed_text("must have ") + decimal(rule.min) + fixed_text(" to ") +
               decimal(rule.max) + fixed_text(" characters, has ") + decimal(length);
    }
    if (is_blank(text)) {
        return fixed_text("must not be blank");
    }
    if (is_code && codes_ == code_rule::checked) {
        if (auto unfit = code_fault(text)) {
            return unfit;
        }
    }
    if (has_control_character(text)) {
        return fixed_text("must not hold control characters");
    }
    if (rule.letters_and_digits && !std::all_of(text.begin(), text.end(), is_letter_or_digit)) {
        return fixed_text("must be letters and digits (A-Z, a-z, 0-9) only");
    }
    return std::nullopt;
}

std::optional<std::string> object_reader::checked_text(
    std::string_view name, const text_rule& rule, bool is_code
) {
    const auto* value = member(name);
    if (!value) {
        return std::nullopt;
    }
    const auto* text = value->if_string();
    if (!text) {
        fault(name, "must be a string");
        return std::nullopt;
    }
    if (auto unfit = fault_of({text->data(), text->size()}, rule, is_code)) {
        fault(name, std::move(*unfit));
        return std::nullopt;
    }
    return std::string(text->data(), text->size());
}

std::optional<std::string> object_reader::text(std::string_view name, text_rule rule) {
    return checked_text(name, rule, false);
}

std::optional<std::string> object_reader::code(std::string_view name, text_rule rule) {
    return checked_text(name, rule, true);
}

std::optional<std::string> object_reader::required_code(std::string_view name, text_rule rule) {
    required(name);
    return code(name, rule);
}

std::optional<std::string> object_reader::required_text(std::string_view name, text_rule rule) {
    required(name);
    return text(name, rule);
}

std::optional<std::int64_t> object_reader::integer(std::string_view name, integer_rule rule) {
    const auto* value = member(name);
    if (!value) {
        return std::nullopt;
    }
    const auto number = whole_number(*value);
    if (!number) {
        fault(
            name, "must be a whole number of at most 64 bits, as a JSON number or decimal string"
        );
        return std::nullopt;
    }
    if (*number < rule.min || *number > rule.max) {
        fault(
            name,
            fixed_text("must be from ") + decimal(rule.min) + fixed_text(" to ") + decimal(rule.max)
        );
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> object_reader::required_integer(
    std::string_view name, integer_rule rule
) {
    required(name);
    return integer(name, rule);
}

std::optional<bool> object_reader::boolean(std::string_view name) {
    const auto* value = member(name);
    if (!value) {
        return std::nullopt;
    }
    if (!value->is_bool()) {
        fault(name, "must be true or false");
        return std::nullopt;
    }
    return value->get_bool();
}

const json::object* object_reader::object(std::string_view name) {
    const auto* value = member(name);
    if (!value) {
        return nullptr;
    }
    if (!value->is_object()) {
        fault(name, "must be an object");
    }
    return value->if_object();
}

const json::object* object_reader::required_object(std::string_view name) {
    required(name);
    return object(name);
}

const json::array* object_reader::array(std::string_view name, std::size_t max, std::size_t min) {
    const auto* value = member(name);
    if (!value) {
        return nullptr;
    }
    const auto* array = value->if_array();
    if (!array) {
        fault(name, "must be an array");
        return nullptr;
    }
    if (array->size() < min || array->size() > max) {
        fault(
            name,
            fixed_text("must have ") + decimal(min) + fixed_text(" to ") + decimal(max) +
                fixed_text(" elements, has ") + decimal(array->size())
        );
        return nullptr;
    }
    return array;
}

std::optional<std::string> object_reader::date_time(std::string_view name) {
    auto value = text(name, {.min = 1, .max = 64});
    if (value && !is_date_time(*value)) {
        fault(name, "must be a date and time as yyyy-MM-dd HH:mm:ss");
        return std::nullopt;
    }
    return value;
}

void object_reader::fault(std::string_view name, base::redacted_text detail) {
    faults_.push_back({pointer(name), std::move(detail)});
}

void object_reader::refuse_unknown() {
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
            fault(shortened(name), "is not a known member");
        }
    }
}

std::string object_reader::pointer(std::string_view name) const {
    return name.empty() ? pointer_ : pointer_ + '/' + escaped(name);
}

std::string object_reader::pointer(std::string_view name, std::size_t index) const {
    return pointer(name) + '/' + std::to_string(index);
}

}  // namespace gateway::text
