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
#include "redemption/caller_wait.hpp"
#include "redemption/model.hpp"

namespace gateway::handlers {

namespace asio = boost::asio;

// The caller that sends a request, and its roles (docs/api.md, Authentication).
struct caller_identity {
    redemption::caller_name name;
    std::vector<config::role> roles;

    bool may(config::role role) const noexcept {
        return std::find(roles.begin(), roles.end(), role) != roles.end();
    }
};

// The caller whose redemptions the given one sees: itself; nothing for an operator, who sees all.
inline std::optional<redemption::caller_name> visible_to(const caller_identity& caller) {
    return caller.may(config::role::operate) ? std::nullopt : std::optional(caller.name);
}

// One routed request. The references live until the handler has answered.
struct request_context {
    const net::http_request& request;
    const caller_identity& caller;
    std::string_view query;  // undecoded, without '?'
    std::string_view id;     // the segment at {id} in the path, undecoded; empty: no {id}
    std::chrono::steady_clock::time_point received;
    std::chrono::system_clock::time_point
        received_at;  // to the clock's full precision: ids grow by it
    redemption::caller_connection* caller_connection =
        nullptr;  // null: it stays until it is answered
};

// Serves a route: decodes the request, calls the core once, encodes the answer. Loop thread only;
// problems are responses, an exception is a bug.
class handler {
public:
    virtual ~handler() = default;
    virtual asio::awaitable<net::http_response> handle(const request_context& context) = 0;
};

}  // namespace gateway::handlers
