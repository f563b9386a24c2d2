#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/redacted_text.hpp"

// What TOP answered, read from the raw bytes (TOP doc 101617 and captured traffic). Reads
// leniently where SDK generations and documents differ, and never guesses: what cannot be read for
// sure is unreadable.

namespace gateway::taobao {

// The platform's `error_response`. Members it left out are absent; `code` is its decimal text,
// empty when there was none.
struct error_answer {
    std::string code;
    std::optional<std::string> msg = std::nullopt;
    std::optional<std::string> sub_code = std::nullopt;
    std::optional<std::string> sub_msg = std::nullopt;
    std::optional<std::string> request_id = std::nullopt;
};

// The method's response fields, out of their wrapper. Integers of 64 bits are exact.
struct result_answer {
    boost::json::object fields;
    std::optional<std::string> request_id;
    bool wrapped = true;  // in the method's response; TOP leaves it out with simplify=true
};

struct unreadable_answer {
    base::redacted_text why;           // one sentence without the answer's content
    std::optional<error_answer> hint;  // what an XML error said: evidence, nothing to decide on
    bool foreign = false;              // nothing of it has the platform's shape
};

using answer = std::variant<result_answer, error_answer, unreadable_answer>;

// Reads the body of an answer that is not foreign (foreign_answer). The content type is not looked
// at: TOP sends JSON as text/javascript.
answer read_body(std::string_view method, std::string_view body);

// Text of a member that may be a string or an integer.
std::optional<std::string> text_member(const boost::json::object& object, std::string_view name);

// A member that is true or false, bare or as text.
std::optional<bool> boolean_member(const boost::json::object& object, std::string_view name);

// JSON text of response fields for callers: integers that JavaScript could not hold exactly become
// strings (docs/api.md, The redemption object).
std::string exact_text(const boost::json::object& fields);

}  // namespace gateway::taobao
