#include "text/strict_json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <vector>

namespace gateway::text {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;

// Builds the value like Boost's own parser and checks the member names of each open object.
class checking_handler {
public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;

    bool repeated_name() const noexcept { return repeated_name_; }
    bool endless_number() const noexcept { return endless_number_; }
    void reset() { stack_.reset(); }
    json::value release() { return stack_.release(); }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        names_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t n, json::error_code& ec) {
        if (has_repeats(names_.back())) {
            repeated_name_ = true;
            ec = json::error::syntax;
            return false;
        }
        names_.pop_back();
        stack_.push_object(n);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t n, json::error_code&) {
        stack_.push_array(n);
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, json::error_code&) {
        name_.append(s);
        stack_.push_chars(s);
        return true;
    }
    bool on_key(json::string_view s, std::size_t, json::error_code&) {
        name_.append(s);
        names_.back().push_back(std::move(name_));
        name_.clear();
        stack_.push_key(s);
        return true;
    }
    bool on_string_part(json::string_view s, std::size_t, json::error_code&) {
        stack_.push_chars(s);
        return true;
    }
    bool on_string(json::string_view s, std::size_t, json::error_code&) {
        stack_.push_string(s);
        return true;
    }
    bool on_number_part(json::string_view s, json::error_code&) {
        number_.append(s);
        return true;
    }
    bool on_int64(std::int64_t i, json::string_view, json::error_code&) {
        number_.clear();
        stack_.push_int64(i);
        return true;
    }
    bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) {
        number_.clear();
        stack_.push_uint64(u);
        return true;
    }
    // Boost 1.81 does not round doubles correctly (and reads 0e400 as NaN): written and read again
    // they would differ. 1e400 is well-formed, but no double.
    bool on_double(double rough, json::string_view s, json::error_code& ec) {
        number_.append(s);
        double exact = 0;
        const auto* end = number_.data() + number_.size();
        const auto read = std::from_chars(number_.data(), end, exact);
        number_.clear();
        if (read.ec == std::errc::result_out_of_range && !(std::abs(rough) < 1)) {
            endless_number_ = true;
            ec = json::error::exponent_overflow;
            return false;
        }
        stack_.push_double(exact);  // 0 when it is too small for a double
        return true;
    }
    bool on_bool(bool b, json::error_code&) {
        stack_.push_bool(b);
        return true;
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    static bool has_repeats(std::vector<std::string>& names) {
        std::sort(names.begin(), names.end());
        return std::adjacent_find(names.begin(), names.end()) != names.end();
    }

    json::value_stack stack_;
    std::vector<std::vector<std::string>> names_;  // of each open object
    std::string name_;
    std::string number_;
    bool repeated_name_ = false;
    bool endless_number_ = false;
};

void append_canonical(std::string& out, const json::value& value);

void append_canonical(std::string& out, const json::object& object) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) {
        members.push_back(&member);
    }
    std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) {
        return a->key() < b->key();
    });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i > 0) {
            out += ',';
        }
        out += json::serialize(json::string(members[i]->key()));
        out += ':';
        append_canonical(out, members[i]->value());
    }
    out += '}';
}

// 2^53: below it every whole double is one integer.
constexpr double exact_limit = 9007199254740992.0;

void append_canonical(std::string& out, const json::value& value) {
    if (const auto* object = value.if_object()) {
        append_canonical(out, *object);
        return;
    }
    if (const auto* array = value.if_array()) {
        out += '[';
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (i > 0) {
                out += ',';
            }
            append_canonical(out, (*array)[i]);
        }
        out += ']';
        return;
    }
    const auto* number = value.if_double();
    if (number && std::abs(*number) < exact_limit && std::trunc(*number) == *number) {
        out += std::to_string(static_cast<std::int64_t>(*number));
        return;
    }
    out += json::serialize(value);
}

}  // namespace

boost::system::result<json::value, json_fault> parse_strict(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        return json_fault{
            0,
            base::redacted_text("a byte order mark (U+FEFF) precedes the JSON; send it without one")
        };
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return json_fault{
            0,
            base::redacted_text("the text is UTF-16 with a byte order mark; send UTF-8 without one")
        };
    }
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<checking_handler> parser(options);
    parser.handler().reset();
    boost::system::error_code error;
    const auto read = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().repeated_name()) {
        return json_fault{read, base::redacted_text("an object names a member twice")};
    }
    if (parser.handler().endless_number() || error == json::error::exponent_overflow) {
        return json_fault{read, base::redacted_text("a number is larger than a double can be")};
    }
    if (error == json::error::too_deep) {
        return json_fault{read, base::redacted_text("nested deeper than 32 levels")};
    }
    if (error == json::error::incomplete || (!error && !parser.done())) {
        return json_fault{read, base::redacted_text("the text ends early")};
    }
    if (error) {
        return json_fault{
            read, base::fixed_text("not JSON: ") + base::redacted_text::message_of(error)
        };
    }
    if (text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) {
        return json_fault{read, base::redacted_text("something follows the JSON value")};
    }
    return parser.handler().release();
}

std::string canonical_text(const json::value& value) {
    std::string out;
    append_canonical(out, value);
    return out;
}

}  // namespace gateway::text
