#pragma once

#include <optional>

#include "base/redacted_text.hpp"
#include "net/http_server.hpp"

namespace gateway::net {

// Checks a parsed head before its body is read: one Host, one length or a lone `chunked`, a target
// in origin or absolute form (RFC 9112 §3.2, §6). Reduces an absolute-form target to path and
// query. Pure.
std::optional<request_fault> apply_request_rules(http_request& request);

request_fault malformed(const base::redacted_text& why);
inline request_fault malformed(base::fixed_text why) {
    return malformed(base::redacted_text(why));
}

}  // namespace gateway::net
