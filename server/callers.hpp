#pragma once

#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "handlers/handler.hpp"
#include "handlers/problem.hpp"
#include "handlers/sha256.hpp"
#include "net/http_message.hpp"

namespace gateway::server {

// Who may come in (contract §6). Tokens are known by their SHA-256 only. Without configured callers
// the API is open: everybody is "anonymous" with every role.
class callers {
public:
    explicit callers(const std::vector<config::caller_settings>& configured);

    // Who sends a request with this header, or the 401. The identity lives as long as this object.
    std::variant<const handlers::caller_identity*, handlers::problem> authenticate(
        const net::header_list& headers
    ) const;

private:
    struct known_caller {
        handlers::caller_identity identity;
        handlers::sha256_digest token{};
    };

    handlers::caller_identity anonymous_;
    std::vector<known_caller> known_;
    bool open_ = false;
};

}  // namespace gateway::server
