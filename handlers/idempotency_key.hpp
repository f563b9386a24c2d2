#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "net/http_message.hpp"
#include "redemption/model.hpp"

namespace gateway::handlers {

struct key_fault {
    bool missing = false;
    base::redacted_text detail;
};

using key_reading = std::variant<redemption::idempotency_key, key_fault>;

// One Idempotency-Key field value: 1-255 visible ASCII characters, bare or as a quoted
// structured-field string (RFC 8941 §3.3.3); both spellings of one key are equal
// (docs/api.md, Idempotency-Key).
key_reading read_idempotency_key(std::string_view value);

// The same from a request's header, which must have the field exactly once.
key_reading read_idempotency_key(const net::header_list& headers);

}  // namespace gateway::handlers
