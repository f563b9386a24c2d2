#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/code_text.hpp"
#include "text/member_fault.hpp"

namespace gateway::text {

struct text_rule {
    std::size_t min = 1;  // Unicode characters
    std::size_t max = 255;
    bool letters_and_digits = false;  // [A-Za-z0-9] only
};

struct integer_rule {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// Reads the members of one JSON object into types and collects all faults by JSON pointer (RFC
// 6901). Each member that is read counts as known; refuse_unknown() reports the others. Optional
// readers return nothing for an absent member and for a faulty one (the fault is added). A member
// that is null counts as absent.
class object_reader {
public:
    // `object` and `faults` must outlive the reader; `pointer` is the object's ("" for the whole
    // document).
    object_reader(
        const boost::json::object& object,
        std::string pointer,
        fault_list& faults,
        code_rule codes = code_rule::checked
    );

    // True if the member is there and not null.
    bool has(std::string_view name) const;

    // Text of valid length that is not blank and holds no control characters.
    std::optional<std::string> text(std::string_view name, text_rule rule = {});
    std::optional<std::string> required_text(std::string_view name, text_rule rule = {});
    // The same for a code, an order number or a token (text/code_text.hpp).
    std::optional<std::string> code(std::string_view name, text_rule rule = {});
    std::optional<std::string> required_code(std::string_view name, text_rule rule = {});
    // A whole number, or its decimal text (docs/api.md, Conventions).
    std::optional<std::int64_t> integer(std::string_view name, integer_rule rule = {});
    std::optional<std::int64_t> required_integer(std::string_view name, integer_rule rule = {});
    std::optional<bool> boolean(std::string_view name);
    const boost::json::object* object(std::string_view name);
    const boost::json::object* required_object(std::string_view name);
    // `min` to `max` elements.
    const boost::json::array* array(std::string_view name, std::size_t max, std::size_t min = 1);
    // "yyyy-MM-dd HH:mm:ss", a real calendar date.
    std::optional<std::string> date_time(std::string_view name);

    // Adds a fault of a member ("" for the object itself).
    void fault(std::string_view name, base::redacted_text detail);
    void fault(std::string_view name, base::fixed_text detail) {
        fault(name, base::redacted_text(detail));
    }
    void refuse_unknown();
    // Pointer of a member, escaped; of an element of a member.
    std::string pointer(std::string_view name) const;
    std::string pointer(std::string_view name, std::size_t index) const;
    code_rule codes() const noexcept { return codes_; }

private:
    const boost::json::value* member(std::string_view name);
    std::optional<base::redacted_text> fault_of(
        std::string_view text, const text_rule& rule, bool is_code
    ) const;
    std::optional<std::string> checked_text(
        std::string_view name, const text_rule& rule, bool is_code
    );
    void required(std::string_view name);

    const boost::json::object& object_;
    std::string pointer_;
    fault_list& faults_;
    code_rule codes_;
    std::vector<std::string_view> known_;
};

// Number of Unicode characters of valid UTF-8 (Boost.JSON hands out nothing else).
std::size_t character_count(std::string_view utf8) noexcept;

}  // namespace gateway::text
