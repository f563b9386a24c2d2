#include "config/gateway_url.hpp"

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <string>

namespace gateway::config {
namespace {

namespace urls = boost::urls;

// A percent-decoded host may hold any character, but it is sent in a header.
bool is_plain_host_name(std::string_view host) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    };
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), allowed);
}

// Without the brackets of an IPv6 address; nothing if it can't be sent in a header.
std::optional<std::string> host_of(const urls::url_view& url) {
    std::string host = url.host_address();
    const bool is_name =
        url.host_type() == urls::host_type::name || url.host_type() == urls::host_type::ipv4;
    const bool is_host =
        is_name ? is_plain_host_name(host) : url.host_type() == urls::host_type::ipv6;
    return is_host ? std::optional(std::move(host)) : std::nullopt;
}

std::optional<std::uint16_t> port_of(const urls::url_view& url, bool tls) {
    if (!url.has_port()) {
        return static_cast<std::uint16_t>(tls ? 443 : 80);
    }
    if (url.port_number() == 0) {  // empty, zero or out of range
        return std::nullopt;
    }
    return url.port_number();
}

}  // namespace

std::optional<gateway_url> parse_gateway_url(std::string_view text) {
    const auto parsed = urls::parse_uri({text.data(), text.size()});
    if (!parsed) {
        return std::nullopt;
    }
    const urls::url_view& url = *parsed;
    const bool known_scheme =
        url.scheme_id() == urls::scheme::https || url.scheme_id() == urls::scheme::http;
    if (!known_scheme || !url.has_authority() || url.has_userinfo() || url.has_fragment()) {
        return std::nullopt;
    }
    gateway_url result;
    result.text = std::string(text);
    result.tls = url.scheme_id() == urls::scheme::https;
    const auto host = host_of(url);
    const auto port = port_of(url, result.tls);
    if (!host || !port) {
        return std::nullopt;
    }
    result.host = *host;
    result.port = *port;
    const auto target = url.encoded_target();
    result.target.assign(target.data(), target.size());
    if (!result.target.starts_with('/')) {
        result.target.insert(0, "/");
    }
    return result;
}

std::optional<proxy_settings> parse_proxy_url(std::string_view text) {
    const auto parsed = urls::parse_uri({text.data(), text.size()});
    if (!parsed) {
        return std::nullopt;
    }
    const urls::url_view& url = *parsed;
    const auto target = url.encoded_target();
    const bool only_an_authority = url.has_authority() && !url.has_userinfo() &&
                                   !url.has_fragment() && (target.empty() || target == "/");
    if (url.scheme_id() != urls::scheme::http || !only_an_authority) {
        return std::nullopt;
    }
    const auto host = host_of(url);
    if (!host || !url.has_port() || url.port_number() == 0) {
        return std::nullopt;
    }
    proxy_settings result;
    result.host = *host;
    result.port = url.port_number();
    return result;
}

bool is_loopback(const gateway_url& url) {
    if (const auto v4 = urls::parse_ipv4_address(url.host)) {
        return v4->is_loopback();
    }
    if (const auto v6 = urls::parse_ipv6_address(url.host)) {
        return v6->is_loopback();
    }
    return url.host == "localhost";
}

bool is_ip_address(std::string_view text) {
    const urls::string_view view(text.data(), text.size());
    return urls::parse_ipv4_address(view).has_value() || urls::parse_ipv6_address(view).has_value();
}

}  // namespace gateway::config
