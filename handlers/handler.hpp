#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "net/http_message.hpp"
#include "redemption/model.hpp"
#include "redemption/patience.hpp"

namespace gateway::handlers {

namespace asio = boost::asio;

// Who sends a request and what it may do (contract §6, callers).
struct caller_identity {
    redemption::caller_name name;
    std::vector<config::role> roles;

    bool may(config::role role) const noexcept {
        return std::find(roles.begin(), roles.end(), role) != roles.end();
    }
};

// Whose redemptions a caller sees: its own; operators everybody's (nothing).
inline std::optional<redemption::caller_name> visible_to(const caller_identity& caller) {
    return caller.may(config::role::operate) ? std::nullopt : std::optional(caller.name);
}

// One routed request. The references live until the handler has answered.
struct request_context {
    const net::http_request& request;
    const caller_identity& caller;
    std::string_view query;  // undecoded, without '?'
    std::string_view id;     // what stood for {id} in the path, undecoded; empty: no {id}
    std::chrono::steady_clock::time_point received;
    std::chrono::system_clock::time_point
        received_at;  // to the clock's full precision: ids grow by it
    redemption::presence* caller_presence = nullptr;  // null: it stays until it is answered
};

// What a route does: decode, one call into the core, encode. Loop thread only; answers problems as
// responses and throws for bugs only.
class handler {
public:
    virtual ~handler() = default;
    virtual asio::awaitable<net::http_response> handle(const request_context& context) = 0;
};

}  // namespace gateway::handlers
