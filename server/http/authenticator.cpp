#include "server/http/authenticator.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "text/hex.hpp"

namespace gateway::server {
namespace {

using handlers::caller_identity;
using handlers::problem;

problem unauthorized(base::fixed_text detail, std::string_view challenge) {
    problem out;
    out.kind = handlers::problem_kind::unauthorized;
    out.detail = detail;
    out.headers.add("WWW-Authenticate", challenge);
    return out;
}

// 64 hexadecimal digits; the settings' reader accepts nothing else.
text::sha256_digest digest_of(std::string_view hex) {
    text::sha256_digest out{};
    const auto bytes = text::from_hex(hex).value_or(std::string());
    std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
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

// DNS names ignore letter case (RFC 4343).
bool names(const net::peer_names& peer, std::string_view certificate_name) {
    return std::ranges::any_of(peer, [&](const auto& name) {
        return net::equal_ignoring_case(name, certificate_name);
    });
}

template <class Name>
std::optional<std::vector<Name>> names_of(const std::optional<std::vector<std::string>>& texts) {
    return texts ? std::optional(std::vector<Name>(texts->begin(), texts->end())) : std::nullopt;
}

caller_identity identity_of(const config::caller_settings& caller) {
    caller_identity out{redemption::caller_name(caller.name), caller.roles};
    out.accounts = names_of<redemption::account_name>(caller.accounts);
    out.methods = names_of<redemption::method_name>(caller.methods);
    return out;
}

constexpr std::string_view realm = "Bearer realm=\"redemption-gateway\"";
constexpr std::string_view invalid_token =
    "Bearer realm=\"redemption-gateway\", error=\"invalid_token\"";

}  // namespace

authenticator::authenticator(const std::vector<config::caller_settings>& configured)
    : anonymous_{redemption::caller_name("anonymous"), {config::role::redeem, config::role::read, config::role::operate}},
      open_(configured.empty()) {
    for (const auto& caller : configured) {
        known_caller known{identity_of(caller), {}, caller.certificate_name, {}};
        if (!caller.token_sha256.empty()) {
            known.token = digest_of(caller.token_sha256);
        }
        if (caller.requests_per_second) {
            known.rate.emplace(*caller.requests_per_second);
        }
        known_.push_back(std::move(known));
    }
}

authenticator::found authenticator::authenticate(
    const net::header_list& headers, const net::peer_names& peer
) const {
    if (open_) {
        return &anonymous_;
    }
    if (!headers.find("Authorization")) {
        return by_certificate(peer);
    }
    const auto token = bearer_token(*headers.find("Authorization"));
    if (!token || headers.count("Authorization") > 1) {
        return unauthorized("Send one Authorization header with a Bearer token", realm);
    }
    return by_token(*token, peer);
}

authenticator::found authenticator::by_token(std::string_view token, const net::peer_names& peer)
    const {
    const auto digest = text::sha256(token);
    const known_caller* found = nullptr;
    // Every token is compared in full, so that the time taken reveals nothing about any of them.
    for (const auto& candidate : known_) {
        if (candidate.token &&
            CRYPTO_memcmp(candidate.token->data(), digest.data(), digest.size()) == 0) {
            found = &candidate;
        }
    }
    if (!found) {
        return unauthorized("The token is not a known caller's", invalid_token);
    }
    if (!found->certificate_name.empty() && !names(peer, found->certificate_name)) {
        return unauthorized(
            "The token counts only over a connection with its caller's certificate", invalid_token
        );
    }
    return &found->identity;
}

authenticator::found authenticator::by_certificate(const net::peer_names& peer) const {
    const known_caller* found = nullptr;
    for (const auto& candidate : known_) {
        const bool fits = !candidate.token && !candidate.certificate_name.empty() &&
                          names(peer, candidate.certificate_name);
        if (fits && found) {
            return unauthorized("The certificate names more than one caller", realm);
        }
        found = fits ? &candidate : found;
    }
    if (!found) {
        return unauthorized(
            "Send an Authorization header with a Bearer token, or show a known caller's certificate",
            realm
        );
    }
    return &found->identity;
}

std::optional<std::chrono::seconds> authenticator::acquire_rate(
    const caller_identity& caller, base::token_bucket::time now
) {
    for (auto& candidate : known_) {
        if (&candidate.identity != &caller || !candidate.rate) {
            continue;
        }
        const auto wait = candidate.rate->take(now);
        if (wait > wait.zero()) {
            return std::chrono::ceil<std::chrono::seconds>(wait);
        }
    }
    return std::nullopt;
}

}  // namespace gateway::server
