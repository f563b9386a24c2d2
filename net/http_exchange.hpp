#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"
#include "net/response_reader.hpp"

namespace gateway::net {

struct exchange_result {
    exchange_outcome outcome;
    bool reusable = false;  // the answer was complete, keep-alive, and no byte followed it
};

// The bytes of a request, with Host, Content-Length and Connection added; nothing if a method,
// target, header name or value has characters that would change where the request ends.
std::optional<std::string> serialize(const http_request& request, const origin& where);

// Sends `request` (which must outlive the call) and reads one answer, within the stream's deadline.
// `head`: the answer has no body whatever its header says. The phase is `not_sent` only if the
// stream accepted no byte (docs/redemption-rules.md, Phases and verdicts).
asio::awaitable<exchange_result> run_exchange(
    byte_stream& stream, std::string_view request, bool head, exchange_limits limits
);

}  // namespace gateway::net
