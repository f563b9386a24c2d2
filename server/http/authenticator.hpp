#pragma once

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

#include "base/token_bucket.hpp"
#include "config/settings.hpp"
#include "handlers/handler.hpp"
#include "handlers/problem.hpp"
#include "net/http_message.hpp"
#include "net/tls_server.hpp"
#include "text/sha256.hpp"

namespace gateway::server {

// Identifies callers and limits their rates (docs/api.md, Authentication). Tokens are known by
// their SHA-256 only. Without configured callers the API is open: every client is "anonymous" with
// every role.
class authenticator {
public:
    explicit authenticator(const std::vector<config::caller_settings>& configured);

    // The caller that sends a request with this header over a connection whose certificate names
    // `peer`, or the 401. A token decides before a certificate; a caller with both configured must
    // show both. The identity lives as long as this object.
    std::variant<const handlers::caller_identity*, handlers::problem> authenticate(
        const net::header_list& headers, const net::peer_names& peer = {}
    ) const;
    // More than one caller is configured.
    bool several_callers() const noexcept { return known_.size() > 1; }
    // Nothing: the caller may send one more request now, and it is counted. Otherwise the time
    // until it may.
    std::optional<std::chrono::seconds> acquire_rate(
        const handlers::caller_identity& caller, base::token_bucket::time now
    );

private:
    struct known_caller {
        handlers::caller_identity identity;
        std::optional<text::sha256_digest> token;
        std::string certificate_name;  // empty: none
        std::optional<base::token_bucket> rate;
    };
    using found = std::variant<const handlers::caller_identity*, handlers::problem>;

    found by_token(std::string_view token, const net::peer_names& peer) const;
    found by_certificate(const net::peer_names& peer) const;

    handlers::caller_identity anonymous_;
    std::vector<known_caller> known_;
    bool open_ = false;
};

}  // namespace gateway::server
