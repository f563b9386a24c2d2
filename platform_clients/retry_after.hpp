#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "net/http_message.hpp"

namespace gateway::platform_clients {

// An HTTP date in any of its three forms (RFC 9110 §5.6.7); nothing: it is none.
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text);

// How long an answer asks its reader to stay away: Retry-After, in seconds or as a date, which is
// taken against the answer's own Date, as the two clocks may differ. Only of an answer other than
// 200; nothing: it does not ask, or not for any time.
std::optional<std::chrono::milliseconds> asked_to_stay_away(
    const net::http_response& response, std::chrono::system_clock::time_point now
);

}  // namespace gateway::platform_clients
