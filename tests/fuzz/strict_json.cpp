// Strict JSON beside Boost's own parser, and canonical text that is a fixed point.
#include "text/strict_json.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "tests/fuzz/fuzz_target.hpp"

namespace gateway::fuzz {
namespace {

namespace json = boost::json;

// Equal but for doubles: Boost's own are rough.
bool alike(const json::value& a, const json::value& b) {
    if (a.is_double() || a.kind() != b.kind()) {
        return a.kind() == b.kind();
    }
    if (const auto* object = a.if_object()) {
        return object->size() == b.get_object().size() &&
               std::all_of(object->begin(), object->end(), [&](const auto& member) {
                   const auto* other = b.get_object().if_contains(member.key());
                   return other && alike(member.value(), *other);
               });
    }
    if (const auto* array = a.if_array()) {
        const auto& other = b.get_array();
        return std::equal(array->begin(), array->end(), other.begin(), other.end(), alike);
    }
    return a == b;
}

}  // namespace

void strict_json(std::string_view input) {
    const auto strict = text::parse_strict(input);
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 32;
    const auto plain = json::parse(input, error, {}, options);
    if (!strict) {
        const auto& fault = strict.error();
        expect(fault.offset <= input.size(), "a fault's offset lies in the text");
        expect(!fault.what.empty(), "a fault is explained");
        const bool ours = fault.what == "an object names a member twice" ||
                          fault.what == "a number is larger than a double can be";
        expect(error.failed() || ours, "nothing else is refused beyond RFC 8259");
        return;
    }
    expect(!error.failed() && alike(plain, *strict), "strict and plain parser read the same value");
    const auto text = text::canonical_text(*strict);
    const auto again = text::parse_strict(text);
    expect(again.has_value(), "canonical text is strict JSON");
    expect(text::canonical_text(*again) == text, "canonical text is a fixed point");
}

}  // namespace gateway::fuzz
