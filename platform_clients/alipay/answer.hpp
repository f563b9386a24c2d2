#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/redacted_text.hpp"
#include "platform_clients/alipay/answer_scan.hpp"
#include "platform_clients/alipay/charset.hpp"
#include "platform_clients/alipay/content_cipher.hpp"
#include "platform_clients/alipay/keys.hpp"

namespace gateway::alipay {

// The content of a node, in UTF-8. Texts are empty where the member is absent or not a string.
struct node_content {
    std::string code;
    std::string msg;
    std::string sub_code;
    std::string sub_msg;
    bool error_response = false;
    boost::json::object members;
};

// The signature is Alipay's, over exactly the bytes that were parsed.
struct verified_answer {
    node_content node;
    // Only the text with `\/` read as `/` was signed (as some platform nodes do): that text is what
    // was verified and parsed.
    bool slashes_unescaped = false;
};

// A node without a signature: a hint, of unknown origin.
struct unsigned_answer {
    node_content node;
};

// JSON that must not be trusted: no or a wrong signature, ambiguous members, another method's
// node.
struct rejected_answer {
    base::redacted_text reason;  // one sentence without the body's content
};

// Not an answer at all: cut off, HTML, garbage.
struct malformed_answer {
    base::redacted_text reason;
};

using answer = std::variant<malformed_answer, rejected_answer, unsigned_answer, verified_answer>;

// A body whose parts have been found; nothing of it is trusted yet.
struct opened_answer {
    std::string body;
    scanned_answer parts;
    charset text = charset::utf_8;  // what the body's bytes really are
};

// Finds the parts. Tries the declared charset first: the platform answers in GBK at times although
// UTF-8 was asked for. The alternative is the final answer.
std::variant<opened_answer, answer> open_answer(
    std::string body, std::string_view node_name, charset declared
);

// Verifies the node's raw bytes with the hash that the account's sign_type pins, then decrypts and
// parses those same bytes. `cipher` may be null: the account has no content key.
answer read_answer(
    const opened_answer& opened,
    const public_key& alipays,
    sign_type type,
    const content_cipher* cipher
);

// The node of an answer whose signature cannot be checked yet; for certificates, which are proved
// by their chain.
std::optional<node_content> read_unverified(
    const opened_answer& opened, const content_cipher* cipher
);

}  // namespace gateway::alipay
