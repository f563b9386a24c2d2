#include "server/callers.hpp"

#include <openssl/crypto.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace gateway::server {
namespace {

using handlers::caller_identity;
using handlers::problem;

problem unauthorized(std::string_view detail, std::string_view challenge) {
    problem out;
    out.kind = handlers::problem_kind::unauthorized;
    out.detail = detail;
    out.headers.add("WWW-Authenticate", challenge);
    return out;
}

// 64 hexadecimal digits; the settings' reader has seen to it that they are.
handlers::sha256_digest from_hex(std::string_view text) {
    handlers::sha256_digest out{};
    for (std::size_t i = 0; i < out.size() && 2 * i + 1 < text.size(); ++i) {
        std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, out[i], 16);
    }
    return out;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (!net::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
        return std::nullopt;
    }
    authorization.remove_prefix(scheme.size());
    const auto first = authorization.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return std::nullopt;
    }
    return authorization.substr(first);
}

}  // namespace

callers::callers(const std::vector<config::caller_settings>& configured)
    : anonymous_{redemption::caller_name("anonymous"), {config::role::redeem, config::role::read, config::role::operate}},
      open_(configured.empty()) {
    for (const auto& caller : configured) {
        if (!caller.token_sha256.empty()) {
            known_.push_back(
                {{redemption::caller_name(caller.name), caller.roles}, from_hex(caller.token_sha256)
                }
            );
        }
    }
}

std::variant<const caller_identity*, problem> callers::authenticate(const net::header_list& headers
) const {
    if (open_) {
        return &anonymous_;
    }
    const auto authorization = headers.find("Authorization");
    const auto token = authorization ? bearer_token(*authorization) : std::nullopt;
    if (!token || headers.count("Authorization") > 1) {
        return unauthorized(
            "Send one Authorization header with a Bearer token",
            "Bearer realm=\"redemption-gateway\""
        );
    }
    const auto digest = handlers::sha256(*token);
    const caller_identity* found = nullptr;
    // Every caller is compared in full, so that the time taken says nothing about any token.
    for (const auto& candidate : known_) {
        if (CRYPTO_memcmp(candidate.token.data(), digest.data(), digest.size()) == 0) {
            found = &candidate.identity;
        }
    }
    if (!found) {
        return unauthorized(
            "The token is not a known caller's",
            "Bearer realm=\"redemption-gateway\", error=\"invalid_token\""
        );
    }
    return found;
}

}  // namespace gateway::server
