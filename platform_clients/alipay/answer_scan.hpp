#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/redacted_text.hpp"

namespace gateway::alipay {

// How the bytes of a body encode characters. In GBK a character's second byte may look like
// `\`, `{` or `}`; in UTF-8 nothing above ASCII looks like ASCII.
enum class byte_form { utf8, gbk };

struct byte_range {
    std::size_t begin = 0;
    std::size_t end = 0;

    std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// Where the parts of an answer's one top-level object are.
struct scanned_answer {
    byte_range node;              // the value that is signed, first to last byte
    bool error_response = false;  // the platform's `error_response` instead of the method's node
    std::optional<std::string> sign;            // unescaped; absent or empty in the answer: none
    std::optional<std::string> certificate_sn;  // `alipay_cert_sn`, in certificate mode
};

struct scan_fault {
    bool malformed = false;  // not even JSON of the expected shape; else: JSON not to be trusted
    base::fixed_text reason = "";  // one sentence without the body's content
};

// One strict pass over the raw bytes (RFC 8259): the exact members and nothing ambiguous: no
// repeated or escaped member name, one of node and error_response, no other method's node, nothing
// behind the object. Members of other names are passed over.
std::variant<scanned_answer, scan_fault> scan_answer(
    std::string_view body, std::string_view node_name, byte_form form
);

}  // namespace gateway::alipay
