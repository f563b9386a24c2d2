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
    std::optional<std::vector<redemption::account_name>> accounts{};  // absent: all
    std::optional<std::vector<redemption::method_name>> methods{};    // absent: all

    bool may(config::role role) const noexcept {
        return std::find(roles.begin(), roles.end(), role) != roles.end();
    }
    bool may_use(const redemption::account_name& account) const noexcept {
        return !accounts ||
               std::find(accounts->begin(), accounts->end(), account) != accounts->end();
    }
    bool may_use(const redemption::method_name& method) const noexcept {
        return !methods || std::find(methods->begin(), methods->end(), method) != methods->end();
    }
};

// The redemptions that the caller sees: its own, or everybody's if it is an operator; of its
// accounts.
inline redemption::visibility visible_to(const caller_identity& caller) {
    redemption::visibility out;
    if (!caller.may(config::role::operate)) {
        out.caller = caller.name;
    }
    out.accounts = caller.accounts;
    return out;
}

// One routed request. The references live until the handler has answered.
struct request_context {
    const net::http_request& request;
    const caller_identity& caller;
    std::string_view query;  // undecoded, without '?'
    std::string_view id;     // the segment at {…} in the path, undecoded; empty: none
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
