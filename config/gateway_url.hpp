#pragma once

#include <optional>
#include <string_view>

#include "config/settings.hpp"

namespace gateway::config {

// Parses an absolute http or https URL with a host and neither user nor fragment; nothing for any
// other text. An IPv6 host loses its brackets, an empty path becomes "/".
std::optional<gateway_url> parse_gateway_url(std::string_view text);

// Parses http://HOST:PORT, with or without a "/" behind it; nothing for any other text, credentials
// in it included.
std::optional<proxy_settings> parse_proxy_url(std::string_view text);

// The name localhost, 127.0.0.0/8 or ::1.
bool is_loopback(const gateway_url& url);

// An IPv4 or IPv6 literal without brackets and zone.
bool is_ip_address(std::string_view text);

}  // namespace gateway::config
